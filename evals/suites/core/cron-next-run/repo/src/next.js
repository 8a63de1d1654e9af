'use strict';

const MINUTE = 60_000;
/** How many years ahead a run is looked for. */
const HORIZON_YEARS = 5;

function dayMatches(expression, date) {
  const { dayOfMonth, dayOfWeek } = expression;
  return dayOfMonth.values.includes(date.getUTCDate()) && dayOfWeek.values.includes(date.getUTCDay());
}

/** The first due minute later than `after`, or null if the expression is never due. */
function nextRun(expression, after) {
  const date = new Date(Math.floor(after.getTime() / MINUTE) * MINUTE + MINUTE);
  const lastYear = date.getUTCFullYear() + HORIZON_YEARS;
  while (date.getUTCFullYear() <= lastYear) {
    if (!expression.month.values.includes(date.getUTCMonth() + 1)) {
      date.setUTCMonth(date.getUTCMonth() + 1);
      date.setUTCDate(1);
      date.setUTCHours(0, 0, 0, 0);
      continue;
    }
    if (!dayMatches(expression, date)) {
      date.setUTCDate(date.getUTCDate() + 1);
      date.setUTCHours(0, 0, 0, 0);
      continue;
    }
    if (!expression.hour.values.includes(date.getUTCHours())) {
      date.setUTCHours(date.getUTCHours() + 1, 0, 0, 0);
      continue;
    }
    if (!expression.minute.values.includes(date.getUTCMinutes())) {
      date.setUTCMinutes(date.getUTCMinutes() + 1, 0, 0);
      continue;
    }
    return date;
  }
  return null;
}

module.exports = { nextRun };
