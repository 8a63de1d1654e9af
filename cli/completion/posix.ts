/** Completion for bash and zsh: the same tables and the same look at the words, each with its own way to offer. */
import { shellQuote } from '../../sandbox/index.ts';
import type { CommandWords, Values } from './words.ts';

/**
 * Given what was typed after `drydock`, the word at the cursor last, `_drydock_look` says what that word may be: in `want`, and
 * for words in `list`, a line for each, `WORD:DESCRIPTION`. Ids are read off the folder of sessions, since starting Drydock for
 * them would take too long for a key.
 */
const LOOK = `_drydock_look() {
  local here='' value='' at=0 word
  while [ $# -gt 1 ]; do
    word=$1; shift
    if [ -n "$value" ]; then value=''; continue; fi
    case $word in
      -*) _drydock_value "$here $word"; value=$want ;;
      *)
        _drydock_commands "$here"
        case "
$list" in
          *"
$word:"*) here="\${here:+$here }$word" ;;
          *) at=$((at + 1)) ;;
        esac ;;
    esac
  done
  list=''
  if [ -n "$value" ]; then _drydock_value "$here $word"
  else
    case $1 in
      -*) want=words; _drydock_options "$here" ;;
      *) _drydock_commands "$here"
         if [ -n "$list" ] && [ $at = 0 ]; then want=words; else list=''; _drydock_argument "$here" $at; fi ;;
    esac
  fi
  [ "$want" = sessions ] && _drydock_sessions
}
_drydock_sessions() {
  local folder=$HOME/.local/state
  case \${XDG_STATE_HOME-} in /*) folder=$XDG_STATE_HOME ;; esac
  list="last:the newest of this repository
$(command ls -1r -- "$folder/drydock/sessions" 2>/dev/null | command sed '/[.]/d; s/$/:/')"
}`;

/** The script for bash. */
export function bashScript(commands: readonly CommandWords[]): string {
  return `# bash completion of drydock; made by: drydock completion bash
${tables(commands)}
${LOOK}
_drydock() {
  local want list='' line current=\${COMP_WORDS[COMP_CWORD]} words=() word
  # bash takes --option=value apart at the sign.
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do [ "$word" = = ] || words+=("$word"); done
  if [ "$current" = = ]; then current=''; words+=(''); fi
  _drydock_look "\${words[@]}"
  COMPREPLY=()
  case $want in
    files) compopt -o default ;;
    folders) compopt -o dirnames ;;
    words | sessions)
      while IFS= read -r line; do
        [[ $line == "$current"*:* ]] && COMPREPLY+=("\${line%%:*}")
      done <<<"$list" ;;
  esac
}
complete -o nosort -F _drydock drydock
`;
}

/** The script for zsh: to be sourced, or as \`_drydock\` in a folder of \`fpath\`. */
export function zshScript(commands: readonly CommandWords[]): string {
  return `#compdef drydock
# zsh completion of drydock; made by: drydock completion zsh
${tables(commands)}
${LOOK}
_drydock() {
  local want list='' word
  local -a typed lines
  for word in "\${(@)words[2,CURRENT]}"; do
    case $word in
      --*=*) typed+=("\${word%%=*}" "\${word#*=}") ;;
      *) typed+=("$word") ;;
    esac
  done
  [[ $PREFIX == --*=* ]] && compset -P 1 '*='
  _drydock_look "\${typed[@]}"
  lines=("\${(@f)list}")
  case $want in
    files) _files ;;
    folders) _files -/ ;;
    words) _describe drydock lines ;;
    sessions) compadd -V sessions -- "\${(@)lines%%:*}" ;;
  esac
}
if [ "$funcstack[1]" = _drydock ]; then _drydock "$@"; else compdef _drydock drydock; fi
`;
}

function tables(commands: readonly CommandWords[]): string {
  const table = (name: string, cases: string[], otherwise: string) =>
    [
      `_drydock_${name}() {`,
      '  case $1 in',
      ...cases.map((line) => `    ${line}`),
      `    *) ${otherwise} ;;`,
      '  esac',
      '}',
    ].join('\n');
  const values = commands.flatMap(({ path, options }) =>
    options.flatMap(({ flags, values }) =>
      values === null
        ? []
        : [`${flags.map((flag) => shellQuote(`${path} ${flag}`)).join(' | ')}) ${wanted(values)} ;;`],
    ),
  );
  const named = commands.filter((command) => command.commands.length > 0);
  return [
    table('value', values, "want=''"),
    table(
      'commands',
      named.map(({ path, commands }) => `${shellQuote(path)}) list=${lines(commands)} ;;`),
      "list=''",
    ),
    table(
      'options',
      commands.map(({ path, options }) => {
        const all = options.flatMap(({ flags, description }) => flags.map((name) => ({ name, description })));
        return `${shellQuote(path)}) list=${lines(all)} ;;`;
      }),
      "list=''",
    ),
    `_drydock_argument() {\n  case "$1 $2" in\n${commands
      .flatMap(({ path, arguments: taken }) =>
        taken.map(({ values, variadic }, at) => {
          const pattern = variadic ? `${shellQuote(`${path} `)}*` : shellQuote(`${path} ${at}`);
          return `    ${pattern}) ${wanted(values)} ;;\n`;
        }),
      )
      .join('')}    *) want=unknown ;;\n  esac\n}`,
  ].join('\n');
}

function wanted(values: Values): string {
  if (typeof values === 'string') return `want=${values}`;
  return `want=words list=${lines(values.map((name) => ({ name, description: '' })))}`;
}

function lines(entries: readonly { name: string; description: string }[]): string {
  return shellQuote(entries.map(({ name, description }) => `${name}:${description}`).join('\n'));
}
