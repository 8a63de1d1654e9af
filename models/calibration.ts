/** What a provider's reports teach about the tokens of the next request. Pure; a fold over the reports of a session. */

/**
 * The last report that was believed, in tokens, with the raw count (`estimateRequest`) of its request; and how both grew
 * from report to report, the older growth with less and less weight. Plain data.
 */
export type Calibration = { raw: number; reported: number; addedRaw: number; addedReported: number };

/**
 * Tokens a raw token, at least and at most, that a tokenizer can come to. Measured: 0.94 (cl100k_base on Java) to 3.4 (the
 * first Claude tokenizer on Hindi).
 */
const LEAST = 0.7;
const MOST = 4;
/**
 * Of the tokens that a request has lost by the raw count, the report must fall by this share at least. What is left out and
 * what comes in its place may be of other kinds; but a server that goes on reporting the old size is not believed until
 * the history has that size again, so that no compaction follows from its reports that would not have come anyway.
 */
const LEAST_FALL = 0.5;
/** What a provider may add or leave out without a reason that shows, in tokens. */
const SLACK = 64;
/** What is new is rather like what came last: after ten reports a tenth of the weight is left. */
const FADING = 0.8;

/**
 * Learns from the report for a request of `raw` counted tokens. A report that cannot be is not learnt from: none, less than
 * the request can hold (a server that counts only what is new), more than it can hold, or a size that stayed high though
 * the request shrank. So a server with wrong usage cannot make a history look too large again and again.
 */
export function calibrate(previous: Calibration | null, raw: number, reported: number): Calibration | null {
  if (raw <= 0 || reported < raw * LEAST || reported > raw * MOST) return previous;
  if (previous === null) return { raw, reported, addedRaw: 0, addedReported: 0 };
  const added = raw - previous.raw;
  const addedReported = reported - previous.reported;
  const most = added > 0 ? added * MOST : added * factorOf(previous) * LEAST_FALL;
  if (addedReported > most + SLACK) return previous;
  if (added <= 0) return { ...previous, raw, reported };
  return {
    raw,
    reported,
    addedRaw: previous.addedRaw * FADING + added,
    addedReported: previous.addedReported * FADING + addedReported,
  };
}

/** By what raw counts are to be multiplied to be the provider's tokens, over a whole request: 0.7 to 4, 1 before any report. */
export function factorOf(calibration: Calibration | null): number {
  return calibration === null ? 1 : calibration.reported / calibration.raw;
}

/**
 * The tokens that the provider will report for a request of `raw` counted tokens. One that has grown is what was reported
 * for the last and, for what is new, the rate of what was new lately: the system text, the tools and old results may be
 * of another kind than the results that come in. One that has shrunk is its share of the last.
 */
export function predictTokens(calibration: Calibration | null, raw: number): number {
  if (calibration === null || raw <= calibration.raw) return Math.round(raw * factorOf(calibration));
  const { addedRaw, addedReported } = calibration;
  const rate = addedRaw === 0 ? factorOf(calibration) : Math.min(MOST, Math.max(LEAST, addedReported / addedRaw));
  return Math.round(calibration.reported + (raw - calibration.raw) * rate);
}
