import { expect, test } from 'vitest';
import { workdirOf } from './dockerfile.ts';

test.each<[string, string, string | null]>([
  ['none', 'FROM debian\nRUN true\n', null],
  ['the last one', 'FROM debian\nWORKDIR /a\nworkdir /b/\n', '/b'],
  ['one that is relative', 'FROM debian\nWORKDIR /a\nWORKDIR b\nWORKDIR ./c', '/a/b/./c'],
  ['that of the last stage', 'FROM debian AS build\nWORKDIR /build\nFROM debian\nCOPY --from=build /x /x\n', null],
  [
    'that of the stage it is built on',
    'FROM --platform=linux/amd64 debian AS Base\nWORKDIR /app\nFROM base\nRUN true\n',
    '/app',
  ],
  ['with variables', `ARG HOME=/srv\nENV NAME="x y" DIR=\${HOME}/app\nFROM debian\nWORKDIR $DIR\n`, '/srv/app'],
  ['with the old form of ENV', `FROM debian\nENV DIR /opt/a b\nWORKDIR "\${DIR}"\n`, '/opt/a b'],
  ['with a value for when there is none', `FROM debian\nWORKDIR \${DIR:-/usual}\n`, '/usual'],
  ['behind a line that goes on', 'FROM debian\nRUN a \\\n# a comment\n  WORKDIR /no\nWORKDIR \\\n  /yes\r\n', '/yes'],
  [
    'behind a here-document',
    "FROM debian\nWORKDIR /yes\nRUN <<-'EOF' cat > /x\nWORKDIR /no\n\tEOF\nCOPY <<A <<B /y/\nWORKDIR /no\nA\nWORKDIR /no\nB\n",
    '/yes',
  ],
  ['with another escape character', '# escape=`\nFROM debian\nRUN a `\n  WORKDIR /no\nWORKDIR /yes\\\n', '/yes\\'],
  ['the root', 'FROM debian\nWORKDIR /\nWORKDIR app\n', '/app'],
])('the folder of a Dockerfile: %s', (_, text, workdir) => {
  expect(workdirOf(text)).toEqual({ workdir });
});

test('a variable that is not in the file is told', () => {
  expect(workdirOf('FROM debian\nARG DIR\nWORKDIR /a/$DIR\n')).toEqual({ unknown: '/a/$DIR' });
});
