/** Which programs a shell command would start, and whether a rule names one of them. */
import { posix } from 'node:path';
import { fitsWord } from './glob.ts';
import type { CommandRule } from './rules.ts';
import { shellCommands, type Word } from './shell-words.ts';

/** The commands that a text stands for, each as a program and its words; `unclear`: it may stand for others too. */
export type Read = { written: Word[][]; behind: Word[][]; unclear: string | null };

/** Programs that start another one, which their words name, with those of their options that take a value. */
const WRAPPERS: Readonly<Record<string, RegExp>> = {
  sudo: /^-[ughpCTUrtRD]$/,
  doas: /^-[uC]$/,
  env: /^(?:-u|-C|--unset|--chdir)$/,
  nice: /^-n$/,
  ionice: /^-[cnp]$/,
  timeout: /^-[ks]$/,
  xargs: /^-[nILPdsaE]$/,
  stdbuf: /^-[ioe]$/,
  strace: /^-[eops]$/,
  chroot: /^$/,
  flock: /^-[wE]$/,
  time: /^-[fo]$/,
  watch: /^-n$/,
  unshare: /^$/,
  nohup: /^$/,
  setsid: /^$/,
  exec: /^-a$/,
  command: /^$/,
  builtin: /^$/,
  busybox: /^$/,
  toybox: /^$/,
};
/** Words of theirs before the program that are no options: the time, the folder, the lock. */
const OPERANDS: Readonly<Record<string, number>> = { timeout: 1, chroot: 1, flock: 1 };
const SHELLS = new Set(['sh', 'bash', 'dash', 'zsh', 'ksh', 'ash', 'mksh', 'fish', 'su', 'runuser']);
/** Builtins whose words are commands once more. */
const EVALUATES = new Set(['eval', 'trap']);
const STARTS_FIND = new Set(['-exec', '-execdir', '-ok', '-okdir']);
const MAX_DEPTH = 8;

const nameOf = (program: string): string => posix.basename(program);

/** Reads a command as far as it can be read without running it. */
export function readCommand(text: string): Read {
  const result: Read = { written: [], behind: [], unclear: null };
  look(text, result, 0);
  return result;
}

function look(text: string, result: Read, depth: number): void {
  const { commands, unclear } = shellCommands(text);
  result.unclear ??= unclear;
  if (depth > MAX_DEPTH) result.unclear ??= 'shells are nested too deeply';
  for (const words of commands) {
    result.written.push(words);
    open(words, result, depth);
  }
}

/** Looks into a command for others that it starts. */
function open(words: readonly Word[], result: Read, depth: number): void {
  const [program, ...rest] = words;
  if (program === undefined || depth > MAX_DEPTH) return;
  if (!program.known || program.glob) {
    // `[` and `[[` are programs and no patterns.
    if (program.known && /^\[\[?$/.test(program.text)) return;
    result.unclear ??= 'which program it runs is not known before it runs';
    return;
  }
  const name = nameOf(program.text);
  const inner = (command: Word[]) => {
    result.behind.push(command);
    open(command, result, depth + 1);
  };
  if (EVALUATES.has(name) && rest.length > 0) result.unclear ??= `\`${name}\` runs what its words come to`;
  else if (SHELLS.has(name)) openShell(rest, result, depth);
  else if (name === 'find') {
    for (const [index, word] of rest.entries()) if (STARTS_FIND.has(word.text)) inner(rest.slice(index + 1));
  } else if (Object.hasOwn(WRAPPERS, name)) {
    if (name === 'env' && rest.some(({ text }) => /^(?:-S|--split-string)/.test(text))) {
      result.unclear ??= '`env -S` runs what its words come to';
    }
    const start = startOf(name, rest);
    if (start < rest.length) inner(rest.slice(start));
    // Options that are not known here may take a value: what follows one may be the program too.
    for (let at = start + 1; at < rest.length; at++) if (rest[at]?.known) result.behind.push(rest.slice(at));
  }
}

/** Where in a wrapper's words the program stands. */
function startOf(name: string, rest: readonly Word[]): number {
  let operands = OPERANDS[name] ?? 0;
  let at = 0;
  for (; at < rest.length; at++) {
    const word = rest[at];
    if (word === undefined) break;
    if (word.text === '--') {
      at++;
      break;
    }
    if (word.known && /^-./.test(word.text)) {
      if (WRAPPERS[name]?.test(word.text)) at++;
    } else if (/^[A-Za-z_]\w*=/.test(word.text)) continue;
    else if (operands > 0) operands--;
    else break;
  }
  return at;
}

function openShell(rest: readonly Word[], result: Read, depth: number): void {
  const at = rest.findIndex(({ text, known }) => known && /^(?:-[A-Za-z]*c|--command)$/.test(text));
  if (at === -1) {
    // Without a script of its own it reads its commands from what comes in.
    if (rest.every(({ text, known }) => known && /^[-+]/.test(text))) {
      result.unclear ??= 'a shell reads its commands from its input';
    }
    return;
  }
  const script = rest.slice(at + 1).find(({ text, known }) => !known || !/^[-+]/.test(text));
  if (script === undefined) return;
  if (script.known) look(script.text, result, depth + 1);
  else result.unclear ??= 'what a shell is to run is not known before it runs';
}

/**
 * Whether a rule names a command: its program, options in any place and any spelling of short ones, its other words in
 * order; more words may follow. A word that is not known fits anything where `loosely`, else nothing.
 */
export function namesCommand(rule: CommandRule, words: readonly Word[], loosely: boolean): boolean {
  const [program, ...rest] = words;
  if (program === undefined) return false;
  if (program.known) {
    const name = rule.program.includes('/') ? program.text : nameOf(program.text);
    if (!fitsWord(rule.program, name)) return false;
  } else if (!loosely && rule.program !== '*') return false;
  const end = rest.findIndex(({ text, known }) => known && text === '--');
  const before = end === -1 ? rest : rest.slice(0, end);
  const isOption = (word: Word) => word.known && /^-./.test(word.text);
  const given = before.filter(isOption).map(({ text }) => text);
  const letters = new Set(given.filter((text) => !text.startsWith('--')).flatMap((text) => [...text.slice(1)]));
  const isOpen = loosely && before.some(({ known }) => !known);
  const hasOption = (option: string): boolean =>
    isOpen ||
    given.some((text) => fitsWord(option, text) || fitsWord(`${option}=*`, text)) ||
    (/^-[A-Za-z0-9]+$/.test(option) && [...option.slice(1)].every((letter) => letters.has(letter)));
  if (!rule.options.every(hasOption)) return false;
  const plain = [...before.filter((word) => !isOption(word)), ...(end === -1 ? [] : rest.slice(end + 1))];
  for (const [index, wanted] of rule.plain.entries()) {
    const word = plain[index];
    if (word === undefined) return false;
    // An unquoted variable may be any number of words.
    if (!word.known) return loosely;
    if (!fitsWord(wanted, word.text)) return false;
  }
  return true;
}

/** A command's words for a person. */
export function commandText(words: readonly Word[]): string {
  return words.map(({ text, known }) => (known ? text : '…')).join(' ');
}
