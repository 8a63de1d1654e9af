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
  script: /^-[EoBIOTm]$/,
  taskset: /^$/,
  nsenter: /^-[tSG]$/,
  runuser: /^(?:-[ugG]|--user|--group)$/,
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
const OPERANDS: Readonly<Record<string, number>> = { timeout: 1, chroot: 1, flock: 1, taskset: 1 };
const SHELLS = new Set(['sh', 'bash', 'dash', 'zsh', 'ksh', 'ash', 'mksh', 'fish']);
const USER_SHELLS = new Set(['su', 'runuser']);
/** What takes its words as commands once more. */
const EVALUATES = new Set(['eval', 'trap', 'parallel']);
/** What words that only the run knows come to. */
const UNKNOWN: Word = { text: '', known: false, glob: false };
/** Options of shells whose meaning is known here. */
const SHELL_OPTION =
  /^(?:[-+][A-Za-z]*|--|--(?:login|norc|noprofile|noediting|posix|restricted|verbose|rcfile|init-file|help|version))$/;
const STARTS_FIND = new Set(['-exec', '-execdir', '-ok', '-okdir']);
const MAX_DEPTH = 8;
/** Each word behind a wrapper may be a program with all that follow it, which takes the square of them. */
const MAX_WORDS = 200;

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
  else if (USER_SHELLS.has(name) && !rest.some(({ text }) => /^(?:-u|--user)/.test(text))) {
    openUserShell(rest, result, depth);
  } else if (name === '.' || name === 'source') openScript(rest[0] ?? UNKNOWN, result);
  else if (name === 'find') {
    for (const [index, word] of rest.entries()) if (STARTS_FIND.has(word.text)) inner(rest.slice(index + 1));
  } else if (Object.hasOwn(WRAPPERS, name)) {
    if (name === 'env' && rest.some(({ text }) => /^(?:-S|--split-string)/.test(text))) {
      result.unclear ??= '`env -S` runs what its words come to';
    }
    if ((name === 'flock' || name === 'script') && rest.some(({ text }) => /^(?:-[a-z]*c|--command)/.test(text))) {
      result.unclear ??= `\`${name} -c\` runs what its words come to`;
    }
    const start = startOf(name, rest);
    // What comes in is put behind.
    if (start < rest.length) inner([...rest.slice(start), ...(name === 'xargs' ? [UNKNOWN] : [])]);
    if (rest.length > MAX_WORDS) {
      result.unclear ??= `there are more than ${MAX_WORDS} words behind \`${name}\``;
      return;
    }
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

/** Looks into what a shell is to run: its `-c`, or nothing where that is a script's file. */
function openShell(rest: readonly Word[], result: Read, depth: number): void {
  const unclear = (why: string): void => {
    result.unclear ??= why;
  };
  let hasCommand = false;
  let readsInput = false;
  let at = 0;
  for (; at < rest.length; at++) {
    const { text, known, glob } = rest[at] ?? UNKNOWN;
    if (!known || glob) {
      unclear('what a shell is to run is not known before it runs');
      return;
    }
    if (!/^[-+]/.test(text)) break;
    if (text === '-' || text === '--') {
      at++;
      break;
    }
    if (!SHELL_OPTION.test(text)) unclear(`what \`${text}\` means to a shell is not known`);
    // These have a value, each its own.
    at += /^--(?:rcfile|init-file)$/.test(text) ? 1 : (/^[-+]\w+$/.exec(text)?.[0].match(/[oO]/g)?.length ?? 0);
    hasCommand ||= /^-[A-Za-z]*c/.test(text);
    readsInput ||= /^-[A-Za-z]*s/.test(text);
  }
  const script = rest[at];
  if (script === undefined || (readsInput && !hasCommand)) unclear('a shell reads its commands from its input');
  else if (!script.known) unclear('what a shell is to run is not known before it runs');
  else if (hasCommand) look(script.text, result, depth + 1);
  else openScript(script, result);
}

/** A script's file is not looked into, but what comes in may stand for one. */
function openScript({ text, known, glob }: Word, result: Read): void {
  const isNamed = known || /\/[\w.-]+$/.test(text);
  if (!isNamed || glob || /(?:^|\/)(?:(?:dev|proc)\/|stdin$|fd\/)/.test(text)) {
    result.unclear ??= 'a shell reads its commands from its input';
  }
}

/** `su` and its like take options in any place, and start a shell that reads its input where they have no command. */
function openUserShell(rest: readonly Word[], result: Read, depth: number): void {
  const isCommand = ({ text }: Word) => /^(?:-[A-Za-z]*c|--command|--session-command)$/.test(text);
  const place = rest.findIndex(isCommand);
  const script = place === -1 ? undefined : rest[place + 1];
  const others = rest.filter((_, index) => index !== place && index !== place + 1);
  const isPlain = ({ text, known, glob }: Word) => known && !glob && /^(?:[^-].*|-[lmp]*|--login)$/.test(text);
  if (script?.known && others.every(isPlain)) look(script.text, result, depth + 1);
  else result.unclear ??= 'what a shell is to run is not known before it runs';
}

/** Whether a word with patterns may stand for an option, as `{-r,-f}` does, and `*` where a file has such a name. */
function mayBeOption({ text, glob }: Word): boolean {
  return glob && (text.startsWith('-') || /^[*?[{][\w*?[\]{},!^-]*$/.test(text.replaceAll('..', '')));
}

/** Whether such a word may stand for one that a rule wants: by what stands before and behind its patterns. */
function mayBeWord(word: Word, wanted: string): boolean {
  if (mayBeOption(word)) return true;
  const [start = ''] = word.text.split(/[*?[{]/);
  const end = word.text.split(/[*?\]}]/).at(-1) ?? '';
  const [wantedStart = ''] = wanted.split('*');
  const wantedEnd = wanted.split('*').at(-1) ?? '';
  const isOpen = wanted.includes('*');
  return (
    (wantedStart.startsWith(start) || (isOpen && start.startsWith(wantedStart))) &&
    (wantedEnd.endsWith(end) || (isOpen && end.endsWith(wantedEnd)))
  );
}

/**
 * Whether a rule names a command: its program, options in any place and any spelling of short ones, its other words in
 * order; more words may follow. A word that is not known fits anything where `loosely`, else nothing; one with
 * patterns, what it may stand for.
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
  const isOpen = loosely && before.some((word) => !word.known || mayBeOption(word));
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
    // Nor can it be said how many words these are.
    if (loosely && word.glob) return mayBeWord(word, wanted);
    if (!fitsWord(wanted, word.text)) return false;
  }
  return true;
}

/** A command's words for a person. */
export function commandText(words: readonly Word[]): string {
  return words.map(({ text, known }) => (known ? text : '…')).join(' ');
}
