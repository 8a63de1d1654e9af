/** What a policy decides about calls, and what holds of any policy and any call. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Reach } from '../../tools/index.ts';
import { type Call, decide, mayRead, type Place } from './decide.ts';
import { type Action, type Policy, parseRule, policySchema, type Rule } from './rules.ts';

const place: Place = { cwd: '/work/app', root: '/work' };

function rules(texts: readonly string[]): Rule[] {
  return texts.map((text) => {
    const rule = parseRule(text);
    if (typeof rule === 'string') throw new Error(`${text} ${rule}`);
    return rule;
  });
}
type Texts = { default?: Action; deny?: string[]; ask?: string[]; allow?: string[] };
const policy = (texts: Texts): Policy => ({
  default: texts.default ?? 'allow',
  deny: rules(texts.deny ?? []),
  ask: rules(texts.ask ?? []),
  allow: rules(texts.allow ?? []),
});
const shell = (command: string): Call => ({ tool: 'shell', reaches: [{ kind: 'command', command }] });
const file = (tool: string, ...reaches: Reach[]): Call => ({ tool, reaches });
const read = (path: string) => file('read_file', { kind: 'read', path });
const write = (path: string) => file('write_file', { kind: 'write', path });
const action = (texts: Texts, call: Call) => decide(policy(texts), call, place).action;

describe('a rule for commands', () => {
  const deny = ['shell(rm -rf *)', 'shell(git push)', 'shell(curl)'];
  it.each([
    'rm -rf /',
    '  rm   -rf\t/ ',
    'rm -fr /',
    'rm -r -f /',
    'rm / -rf',
    'rm -Rrf x',
    '/bin/rm -rf /',
    `r'm' "-rf" /`,
    'r\\m -r\\f /',
    'cd x && rm -rf /',
    'true; rm -rf /',
    'true\nrm -rf /',
    'false || rm -rf /',
    'ls | rm -rf /',
    'sleep 1 & rm -rf /',
    '(rm -rf /)',
    '{ rm -rf /; }',
    'if true; then rm -rf /; fi',
    'while true; do rm -rf /; done',
    'for f in a b; do rm -rf "$f"; done',
    'f() { rm -rf /; }; f',
    '! rm -rf /',
    'time rm -rf /',
    'A=1 rm -rf /',
    'env A=1 rm -rf /',
    'env -i -u B A=1 rm -rf /',
    'sudo rm -rf /',
    'sudo -u root rm -rf /',
    'sudo -n -- rm -rf /',
    'sudo --unknown value rm -rf /',
    'nice -n 5 nohup rm -rf /',
    'timeout 5 rm -rf /',
    'timeout -k 1 5 rm -rf /',
    'find . | xargs -0 -n 1 rm -rf',
    'find . -name x -exec rm -rf {} ;',
    'bash -c "rm -rf /"',
    `sh -ec 'cd /; rm -rf *'`,
    'bash --norc -c "rm -rf /"',
    `sudo bash -lc "bash -c 'rm -rf /'"`,
    'su root -c "rm -rf /"',
    'echo $(rm -rf /)',
    'echo "$(rm -rf /)"',
    'echo `rm -rf /`',
    'X=$(rm -rf /)',
    'cat <(rm -rf /)',
    `echo "\${X:-$(rm -rf /)}"`,
    'rm -rf / > /dev/null 2>&1',
    '2>/dev/null rm -rf /',
    'rm \\\n -rf /',
    'busybox rm -rf /',
    'command rm -rf /',
    'cat <<EOF\ntext\nEOF\nrm -rf /',
    'git push',
    'git push origin main --force',
    'curl https://x',
    'time -p rm -rf /',
    'time -p { rm -rf /; }',
    'bash -cx "rm -rf /"',
    'bash -ce "rm -rf /"',
    'bash -eo pipefail -c "rm -rf /"',
    'bash -co pipefail "rm -rf /"',
    'bash -c -- "rm -rf /"',
    'su - root -c "rm -rf /"',
    'runuser -u root -- rm -rf /',
    'taskset 1 rm -rf /',
    'nsenter -t 1 rm -rf /',
    'coproc rm -rf /',
    'coproc X { rm -rf /; }',
    'coproc X if true; then rm -rf /; fi',
    'echo $((1<<2))\nrm -rf /\n2',
    'echo $((1 << (2 + $(rm -rf /))))',
    'echo $((ls); rm -rf /)',
    'x=$((1<<E))\nrm -rf /\nE',
    '((rm -rf /) )',
    '((rm -rf /))',
    'git {push,--dry-run}',
    'git {-c,a=b,push}',
    'git {,} push',
    'git pus[h]',
    'git p*',
    'git *',
    'rm -{r,f} /',
    'rm {-r,-f} /',
    'rm -r * /',
    'echo -rf / | xargs rm',
    'echo push | xargs git',
  ])('sees what is run: %s', (command) => {
    expect(action({ deny }, shell(command))).toBe('deny');
  });

  it.each([
    'rm "a',
    'rm $(echo',
    'cat <<EOF\nno end',
    'bash <<EOF\nls\nEOF',
    'cat <<EOF\n$(date)\nEOF',
    'eval "$X"',
    'eval ls',
    '$CMD x',
    '"$SHELL" -c ls',
    '`which rm` x',
    '/bin/r? x',
    '{rm,-rf,/}',
    'echo "rm -rf /" | sh',
    'bash -c "$X"',
    'env -S "rm -rf /"',
    'sudo $CMD',
    'case x in a) ls;; esac',
    `$'rm' -rf /`,
    'echo rm -rf / | bash -s x',
    'echo rm -rf / | bash /dev/stdin',
    'echo rm -rf / | bash /proc/self/fd/0',
    'bash <(echo rm -rf /)',
    '. <(echo rm -rf /)',
    'source /dev/stdin <<< "rm -rf /"',
    'bash {-c,"rm -rf /"}',
    'bash "$X"',
    'zsh --emulate sh -c "rm -rf /"',
    'echo rm -rf / | su root',
    'su root -c "ls" -c"rm -rf /"',
    'flock /tmp/lock -c "rm -rf /"',
    'script -qc "rm -rf /" /dev/null',
    'parallel rm -rf ::: /',
    'xargs -a file sh -c',
    '(( a = 1 << b ))\nrm -rf /\nb',
    'echo $[1<<2]\nrm -rf /\n2]',
    'a[1<<2]=3\nrm -rf /\n2]=3',
    'a[1 #]=2; rm -rf /',
    `echo $((1<<'2'))\nrm -rf /\n2`,
    'cat <<EOF\nEO\\\nF\nrm -rf /\nEOF\n',
    'cat <<EOF\nx\\\nEOF\nrm -rf /\nEOF\n',
    'cat <<E\\\nOF\n$(rm -rf /)\nEOF',
    'cat <<EOF\r\nEOF\r\nrm -rf /\nEOF',
    'echo \r#\r; rm -rf /',
    'r\0m -rf /',
  ])('that denies takes what cannot be read for sure as the worst: %s', (command) => {
    expect(action({ deny }, shell(command))).toBe('deny');
    expect(action({}, shell(command))).toBe('allow');
    expect(action({ default: 'deny', allow: ['shell(rm)', 'shell(cat)', 'shell(echo)'] }, shell(command))).toBe('deny');
  });

  it.each(['rm $FLAGS /', 'rm "$FLAG" /', 'rm $(echo -rf) /', 'git "$SUB"'])(
    'that denies fits words that are not known: %s',
    (command) => {
      expect(action({ deny }, shell(command))).toBe('deny');
      expect(action({ default: 'deny', allow: ['shell(rm -rf)', 'shell(git push)'] }, shell(command))).toBe('deny');
    },
  );

  it.each([
    'ls',
    'rm -r build',
    'rm file -- -rf',
    'echo rm -rf /',
    'grep "rm -rf" script.sh',
    "printf '%s' 'rm -rf /'",
    'git pushy',
    'git log --grep push',
    `echo "$HOME" $((1 + 2)) \${X%.*}`,
    'node -e "console.log(1)" # rm -rf /',
    "cat > a.py <<'EOF'\nrm -rf / $(x)\nEOF",
    'cat <<EOF\nplain $HOME\nEOF',
    'npm test 2>&1 | tail -5',
    '[ -f a ] && [[ -d b ]] && echo yes',
    'timeout 60 node "$file"',
    'find . -name "*.ts" -newer x',
    'bash script.sh',
    'for f in *.js; do node "$f"; done',
    'time -p npm test',
    'bash -euo pipefail script.sh',
    'bash -lc "npm test"',
    '. ./env.sh',
    'source "$HOME/.nvm/nvm.sh"',
    'rm -r dist/* *.log',
    'rm -r {a,b}.log build/{x,y}',
    'git add *',
    'git stash show stash@{0}',
    'git show HEAD@{push}',
    'find . -name x -exec rm {} ;',
    'echo $((1 << 2)) $(((1 + 2) * 3)) $((16#ff))',
    'x=$(( $(wc -l < a) << 1 ))',
    'cat <<EOF\nRUN a \\\n  && b\nEOF',
    'cat <<EOF\na \\\\\nEOF\nls',
    'ls a[0-9] [ab]',
    'xargs grep push < files',
    'coproc cat',
  ])('lets be what it does not name: %s', (command) => {
    expect(action({ deny }, shell(command))).toBe('allow');
  });

  it('that allows must fit every command of the call, for sure', () => {
    const texts: Texts = { default: 'deny', allow: ['shell(npm test)', 'shell(git status)'] };
    expect(action(texts, shell('npm test -- --watch=false'))).toBe('allow');
    expect(action(texts, shell('CI=1 npm test && git status'))).toBe('allow');
    for (const other of ['npm test; ls', 'npm test $(ls)', 'npm "$X"', 'npm', 'sudo npm test', 'bash -c "npm test"']) {
      expect(action(texts, shell(other)), other).toBe('deny');
    }
    expect(action({ default: 'deny', allow: ['shell(*)'] }, shell('eval "$X"'))).toBe('allow');
  });

  it('also speaks of what is written to a running process', () => {
    const call: Call = { tool: 'process', reaches: [{ kind: 'command', command: 'rm -rf /\n' }] };
    expect(action({ deny }, call)).toBe('deny');
  });

  it('takes no time that grows out of bounds with the words of a command', () => {
    for (const text of ['sudo ', 'xargs ', '$((', '((', 'a[', 'a{,', 'cat <<E\n', '\\\n']) {
      expect(action({ deny: ['shell(rm)'] }, shell(`${text.repeat(10_000)}rm x`)), text).toBe('deny');
    }
  });

  it('may name a program by its whole path, and any program', () => {
    expect(action({ deny: ['shell(/opt/x/deploy)'] }, shell('deploy'))).toBe('allow');
    expect(action({ deny: ['shell(/opt/x/deploy)'] }, shell('/opt/x/deploy now'))).toBe('deny');
    expect(action({ deny: ['shell(*)'] }, shell('true'))).toBe('deny');
    expect(action({ deny: ['shell(npm* publish)'] }, shell('npm9 publish'))).toBe('deny');
  });
});

describe('a rule for paths', () => {
  it.each([
    ['write(**/.env)', write('.env'), 'deny'],
    ['write(**/.env)', write('/.env'), 'deny'],
    ['write(**/.env)', write('a/b/../.env'), 'deny'],
    ['write(**/.env)', write('.env.example'), 'allow'],
    ['write(**/.env)', read('.env'), 'allow'],
    ['read(**/.env)', read('.env'), 'deny'],
    ['read(**/*.pem)', read('keys/a.pem'), 'deny'],
    ['write(.github)', write('/work/.github/workflows/ci.yml'), 'deny'],
    ['write(.github)', write('/work/app/.github/x'), 'allow'],
    ['write(/etc)', write('../../etc/passwd'), 'deny'],
    ['write(/etc)', write('/etcetera'), 'allow'],
    ['write(src/*)', write('/work/src/a/b.ts'), 'deny'],
    ['write(src/*.ts)', write('/work/src/a/b.ts'), 'allow'],
    ['write(src/**)', write('/work/src/a/b.ts'), 'deny'],
    ['read(**)', read('/x'), 'deny'],
  ] as const)('%s for %j: %s', (rule, call, expected) => {
    expect(action({ deny: [rule] }, call)).toBe(expected);
  });

  it('takes the folder that it starts from as it is named', () => {
    const odd: Place = { cwd: '/w*rk', root: '/w*rk' };
    expect(decide(policy({ deny: ['write(a)'] }), write('/work/a'), odd).action).toBe('allow');
    expect(decide(policy({ deny: ['write(a)'] }), write('a'), odd).action).toBe('deny');
  });

  it('keeps files from tools that come upon them: those that are denied, and those that are asked about', () => {
    const texts = policy({ deny: ['read(**/.env)'], ask: ['read(private)'] });
    expect(['/work/.env', '/work/private/a', '/work/a'].map((path) => mayRead(texts, path, place))).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('takes no time that grows out of bounds with stars', () => {
    const stars = `read(${'**/'.repeat(80)}x)`;
    expect(action({ deny: [stars] }, read('a/'.repeat(1000)))).toBe('allow');
    expect(action({ deny: [`tool(${'*a'.repeat(100)}b)`] }, file('a'.repeat(2000)))).toBe('allow');
  });
});

describe('a policy', () => {
  it('lets deny beat ask, and ask beat allow, and names the rule and the part of the call', () => {
    const all = { deny: ['shell(rm)'], ask: ['shell(git)'], allow: ['shell(git status)', 'tool(shell)', 'shell(rm)'] };
    expect(decide(policy(all), shell('git status && rm x'), place)).toEqual({
      action: 'deny',
      rule: 'shell(rm)',
      what: 'rm x',
    });
    expect(decide(policy(all), shell('git status'), place)).toMatchObject({ action: 'ask', rule: 'shell(git)' });
    expect(decide(policy(all), shell('ls'), place)).toMatchObject({ action: 'allow', rule: 'tool(shell)' });
  });

  it('decides by its default what no rule names, but for tools that reach nothing', () => {
    expect(action({ default: 'deny' }, shell('ls'))).toBe('deny');
    expect(action({ default: 'ask' }, { tool: 'mcp__x', reaches: null })).toBe('ask');
    expect(action({ default: 'deny' }, file('update_plan'))).toBe('allow');
    expect(action({ default: 'deny', deny: [] }, file('edit', { kind: 'read', path: 'a' }))).toBe('deny');
  });

  it('names tools, those of servers too', () => {
    expect(action({ deny: ['tool(mcp__*)'] }, { tool: 'mcp__github__push', reaches: null })).toBe('deny');
    expect(action({ deny: ['tool(update_plan)'] }, file('update_plan'))).toBe('deny');
  });

  it('must allow all parts of a call, and denies for any', () => {
    const moved = file('apply_patch', { kind: 'write', path: '/work/src/a' }, { kind: 'write', path: '/etc/a' });
    expect(action({ default: 'deny', allow: ['write(src)'] }, moved)).toBe('deny');
    expect(action({ default: 'deny', allow: ['write(src)', 'write(/etc)'] }, moved)).toBe('allow');
    expect(action({ deny: ['write(/etc)'] }, moved)).toBe('deny');
  });
});

const word = fc.constantFrom('rm', 'git', 'push', '-rf', '-r', 'ls', 'x', '*', '--force');
const ruleText = fc.oneof(
  fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => `shell(${words.join(' ')})`),
  fc.constantFrom('write(src)', 'read(**/.env)', 'write(/etc)', 'tool(shell)', 'tool(mcp__*)', 'read(**)', 'shell(*)'),
);
const someRules = fc.array(ruleText, { maxLength: 5 });
const piece = fc.constantFrom(
  'rm',
  'git',
  'push',
  '-rf',
  'ls',
  'x',
  '&&',
  ';',
  '|',
  '"',
  "'",
  '$X',
  '$(',
  ')',
  '`',
  '\n',
  '#',
  '<<E',
  '(',
  '\\',
  'sudo',
  'bash',
  '-c',
);
const command = fc.array(piece, { minLength: 1, maxLength: 10 }).map((pieces) => pieces.join(' '));
const anyCall: fc.Arbitrary<Call> = fc.oneof(
  command.map(shell),
  fc.constantFrom(read('.env'), write('/work/src/a'), write('/etc/x'), file('update_plan')),
  fc.constant<Call>({ tool: 'mcp__x', reaches: null }),
);
const actionOf = fc.constantFrom<Action>('allow', 'ask', 'deny');
const STRICTNESS: Record<Action, number> = { allow: 0, ask: 1, deny: 2 };
const anyTexts = fc.record({ default: actionOf, deny: someRules, ask: someRules, allow: someRules });

describe('of any policy and any call it holds that', () => {
  it('a rule that is added to allow never loosens a deny or an ask of a rule', () => {
    fc.assert(
      fc.property(anyTexts, ruleText, anyCall, (texts, more, call) => {
        const before = decide(policy(texts), call, place);
        const after = decide(policy({ ...texts, allow: [...texts.allow, more] }), call, place);
        if (before.rule !== null) expect(after.action).toBe(before.action);
        expect(STRICTNESS[after.action]).toBeLessThanOrEqual(STRICTNESS[before.action]);
      }),
    );
  });

  it('a rule that is added to deny never loosens anything, nor one added to ask what a rule decides', () => {
    fc.assert(
      fc.property(anyTexts, ruleText, anyCall, (texts, more, call) => {
        const { action: before, rule } = decide(policy(texts), call, place);
        expect(STRICTNESS[action({ ...texts, deny: [...texts.deny, more] }, call)]).toBeGreaterThanOrEqual(
          STRICTNESS[before],
        );
        if (rule !== null) {
          expect(STRICTNESS[action({ ...texts, ask: [...texts.ask, more] }, call)]).toBeGreaterThanOrEqual(
            STRICTNESS[before],
          );
        }
      }),
    );
  });

  it('the order of rules does not matter', () => {
    const back = (texts: string[]) => texts.toReversed();
    fc.assert(
      fc.property(anyTexts, anyCall, ({ deny, ask, allow, ...rest }, call) => {
        const turned = { ...rest, deny: back(deny), ask: back(ask), allow: back(allow) };
        expect(action(turned, call)).toBe(action({ ...rest, deny, ask, allow }, call));
      }),
    );
  });

  it('a denied command stays denied whatever blanks and quotes are in it', () => {
    const quote = fc.constantFrom(
      (text: string) => text,
      (text: string) => `"${text}"`,
      (text: string) => `'${text}'`,
      (text: string) => [...text].map((letter) => `\\${letter}`).join(''),
      (text: string) => `${text.slice(0, 1)}''${text.slice(1)}`,
      (text: string) => `${text.slice(0, 1)}"${text.slice(1)}"`,
    );
    const blank = fc.constantFrom(' ', '  ', '\t', ' \\\n ');
    const around = fc.constantFrom(
      (text: string) => text,
      (text: string) => `ls; ${text}`,
      (text: string) => `ls && ${text} || true`,
      (text: string) => `A=1 ${text}`,
      (text: string) => `(${text})`,
      (text: string) => `echo $(${text})`,
      (text: string) => `sudo -n ${text}`,
      (text: string) => `${text} >out 2>&1 &`,
    );
    const words = ['rm', '-rf', '/'];
    fc.assert(
      fc.property(fc.tuple(quote, quote, quote), fc.tuple(blank, blank), around, ([a, b, c], [one, two], wrap) => {
        const text = wrap(`${a(words[0] ?? '')}${one}${b(words[1] ?? '')}${two}${c(words[2] ?? '')}`);
        expect(action({ deny: ['shell(rm -rf /)'] }, shell(text)), text).toBe('deny');
      }),
    );
  });

  it('any text is read to its end', () => {
    fc.assert(
      fc.property(
        fc.oneof(command, fc.string({ unit: fc.constantFrom(...' ;&|()<>$`"\'\\{}#\nax=12!*-') })),
        (text) => {
          expect(['allow', 'deny']).toContain(action({ deny: ['shell(rm)'] }, shell(text)));
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('the section of a settings file', () => {
  it.each([
    [{ deny: ['rm -rf'] }, 'is no rule: write shell(WORDS)'],
    [{ deny: ['shell()'] }, 'is no rule'],
    [{ deny: ['shell(a && b)'] }, 'names one command by its words'],
    [{ deny: ['read(~/.ssh)'] }, 'none of ? [ ] { }'],
    [{ deny: ['read(a/../b)'] }, 'may not have . or ..'],
    [{ deny: ['read(a**)'] }, 'has ** in a name'],
    [{ deny: ['tool(a b)'] }, 'is no name of a tool'],
    [{ deny: ['network(10.0.0.1)'] }, 'names none of HOST'],
    [{ allow: ['network(example.org)'] }, 'can only stand under deny'],
    [{ deny: 'shell(rm)' }, 'is no list of rules'],
    [{ denied: [] }, 'has no "denied". Did you mean deny?'],
    [{ default: 'maybe' }, 'is none of allow, ask, deny'],
  ])('%j is refused: %s', (section, message) => {
    const issue = policySchema.safeParse(section).error?.issues[0];
    expect(issue?.message).toContain(message);
  });
});
