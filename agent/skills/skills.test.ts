import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { inspectRepository } from '../../sandbox/index.ts';
import { chooseSkills, recordOf, renderSkills } from './choose.ts';
import { filesOf, keptSkills } from './place.ts';
import { PROJECT_SKILL_FOLDERS, projectSkills } from './project.ts';
import { parseSkill, type Skill } from './skill.ts';
import { userSkills } from './user.ts';

const base = realpathSync(mkdtempSync(join(tmpdir(), 'drydock-skills-test-')));
afterAll(() => rmSync(base, { recursive: true, force: true }));
let folders = 0;
const newFolder = () => {
  folders += 1;
  const folder = join(base, String(folders));
  mkdirSync(folder);
  return folder;
};
const write = (root: string, files: Record<string, string>) => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
};
const document = (name: string, description = 'Does it.') =>
  `---\nname: ${name}\ndescription: ${description}\n---\nText.\n`;
const problems = (found: Awaited<ReturnType<typeof userSkills>>) =>
  found.flatMap((skill) => ('problem' in skill ? [`${skill.folder.replace(base, '')}: ${skill.problem}`] : []));
const only = (found: Awaited<ReturnType<typeof userSkills>>): Skill[] =>
  found.flatMap((skill) => ('problem' in skill ? [] : [skill]));

describe('SKILL.md', () => {
  const parse = (text: string, folder = 'a') => parseSkill(Buffer.from(text), folder);

  it.each([
    ['plain', '---\nname: a\ndescription: Use it for b.\nlicense: MIT\nmetadata:\n  x: 1\n---\n# Text\n'],
    ['with a byte order mark, CRLF and no text', '\uFEFF---\r\nname: a\r\ndescription: Use it for b.\r\n---'],
    ['folded, with control characters', '---\nname: a\ndescription: |\n  Use it\n  \x1b for\tb.\n---\n'],
  ])('is read: %s', async (_what, text) => {
    expect(await parse(text)).toEqual({ name: 'a', description: 'Use it for b.' });
  });

  it.each([
    ['# A skill\n', 'does not begin with front matter'],
    ['---\nname: a\n', 'does not begin with front matter'],
    ['---\nname: a\n---\n', 'has no description'],
    ['---\nname: a\ndescription: "  "\n---\n', 'has no description'],
    ['---\ndescription: x\n---\n', 'has no name'],
    ['---\n- a\n---\n', 'SKILL.md '],
    ['---\n---\n', 'SKILL.md '],
    ['---\nname: ../a\ndescription: x\n---\n', 'lower-case letters, digits and single hyphens'],
    ['---\nname: a--b\ndescription: x\n---\n', 'lower-case letters, digits and single hyphens'],
    [`---\nname: ${'a'.repeat(65)}\ndescription: x\n---\n`, 'more than 64 characters'],
    ['---\nname: b\ndescription: x\n---\n', 'has the name b, not that of its folder'],
    [`---\nname: a\ndescription: ${'x'.repeat(1025)}\n---\n`, 'more than 1024 characters'],
    ['---\nname: a\ndescription: x: y\n---\n', 'is no YAML, line 3: Nested mappings'],
    [`---\nname: a\ndescription: x\n---\n${'x'.repeat(256 * 1024)}`, 'is larger than 256 KiB'],
    [`---\na: &a [x]\nb: &b [${'*a,'.repeat(50)}]\nc: [${'*b,'.repeat(50)}]\n---\n`, 'SKILL.md '],
  ])('is refused: %j', async (text, problem) => {
    expect(await parse(text)).toEqual({ problem: expect.stringContaining(problem) });
  });
});

describe('the user’s skills', () => {
  it('come from two folders, with all their files, executable bits, and links that stay inside', async () => {
    const home = newFolder();
    const secret = join(newFolder(), 'secret');
    writeFileSync(secret, 'secret');
    write(home, {
      '.config/drydock/skills/one/SKILL.md': document('one'),
      '.config/drydock/skills/one/scripts/run.sh': '#!/bin/sh\n',
      '.config/drydock/skills/one/.git/config': '[core]\n',
      '.config/drydock/skills/README.md': 'no skill\n',
      '.config/drydock/skills/empty/notes.md': 'no skill either\n',
      'elsewhere/two/SKILL.md': document('two'),
    });
    const one = join(home, '.config/drydock/skills/one');
    chmodSync(join(one, 'scripts/run.sh'), 0o755);
    symlinkSync('scripts/run.sh', join(one, 'inside'));
    symlinkSync(secret, join(one, 'outside'));
    symlinkSync('nowhere', join(one, 'dangling'));
    symlinkSync('scripts', join(one, 'folder'));
    mkdirSync(join(home, '.agents/skills'), { recursive: true });
    symlinkSync(join(home, 'elsewhere/two'), join(home, '.agents/skills/two'));
    symlinkSync(join(home, 'gone'), join(home, '.agents/skills/three'));

    const found = await userSkills({ HOME: home });
    expect(only(found).map(({ name, origin, folder }) => [name, origin, folder])).toEqual([
      ['one', 'user', one],
      ['two', 'user', join(home, '.agents/skills/two')],
    ]);
    const files = await filesOf(only(found));
    expect(files.map(({ path, executable }) => `${path}${executable ? '*' : ''}`)).toEqual([
      'one/SKILL.md',
      'one/inside*',
      'one/scripts/run.sh*',
      'two/SKILL.md',
    ]);
    expect(problems(found).map((line) => line.replace(/^.*\/one\//, ''))).toEqual(
      ['dangling', 'folder', 'outside'].map(
        (name) => `${name}: it is neither a file nor a link to one of the same skill`,
      ),
    );
  });

  it('are left out where they are too large or have too many files, others are not', async () => {
    const home = newFolder();
    write(home, {
      '.agents/skills/fine/SKILL.md': document('fine'),
      '.agents/skills/large/SKILL.md': document('large'),
      '.agents/skills/large/data': 'x'.repeat(8 * 1024 * 1024),
      '.agents/skills/many/SKILL.md': document('many'),
      ...Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`.agents/skills/many/${index}`, ''])),
    });
    const found = await userSkills({ HOME: home });
    expect(only(found).map(({ name }) => name)).toEqual(['fine']);
    expect(problems(found).join('\n')).toMatch(/large: it is larger than 8 MiB\n.*many: it has more than 500 files/);
  });

  it('have another digest when a byte, a name or an executable bit changes, and the same one anywhere', async () => {
    const digest = async (change: (folder: string) => void) => {
      const home = newFolder();
      write(home, { '.agents/skills/a/SKILL.md': document('a'), '.agents/skills/a/b': 'b' });
      change(join(home, '.agents/skills/a'));
      return only(await userSkills({ HOME: home }))[0]?.digest;
    };
    const digests = [
      await digest(() => undefined),
      await digest((folder) => writeFileSync(join(folder, 'b'), 'c')),
      await digest((folder) => writeFileSync(join(folder, 'c'), '')),
      await digest((folder) => chmodSync(join(folder, 'b'), 0o755)),
    ];
    expect(new Set(digests).size).toBe(4);
    expect(await digest(() => undefined)).toBe(digests[0]);
  });
});

describe('the project’s skills', () => {
  const git = (dir: string, ...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', ...args], { cwd: dir });

  it('are those of the commit: not of the working tree, no links, with modes and any bytes', async () => {
    const dir = newFolder();
    write(dir, {
      '.agents/skills/one/SKILL.md': document('one', 'As committed.'),
      '.agents/skills/one/run.sh': '#!/bin/sh\n',
      '.agents/skills/bad/SKILL.md': 'no front matter\n',
      '.agents/skills/file': 'no skill\n',
      '.drydock/skills/two/SKILL.md': document('two'),
      'elsewhere/SKILL.md': document('elsewhere'),
    });
    writeFileSync(join(dir, '.drydock/skills/two/data'), Buffer.from([0, 255, 10]));
    chmodSync(join(dir, '.agents/skills/one/run.sh'), 0o755);
    symlinkSync('/etc/passwd', join(dir, '.agents/skills/one/passwd'));
    mkdirSync(join(dir, '.claude/skills'), { recursive: true });
    symlinkSync('../../.agents/skills/one', join(dir, '.claude/skills/one'));
    symlinkSync('../../elsewhere', join(dir, '.claude/skills/elsewhere'));
    git(dir, 'init', '-q');
    git(dir, 'add', '-A');
    git(dir, 'commit', '-q', '-m', 'start');
    write(dir, {
      '.agents/skills/one/SKILL.md': document('one', 'As in the working tree.'),
      '.agents/skills/three/SKILL.md': document('three'),
    });
    const repository = await inspectRepository(dir, process.env);
    const found = await projectSkills(repository, repository.head, PROJECT_SKILL_FOLDERS);
    expect(only(found).map(({ name, origin, folder, description }) => [name, origin, folder, description])).toEqual([
      ['two', 'project', '.drydock/skills/two', 'Does it.'],
      ['one', 'project', '.agents/skills/one', 'As committed.'],
    ]);
    expect(await filesOf(only(found))).toEqual([
      { path: 'two/SKILL.md', executable: false, bytes: Buffer.from(document('two')) },
      { path: 'two/data', executable: false, bytes: Buffer.from([0, 255, 10]) },
      { path: 'one/SKILL.md', executable: false, bytes: Buffer.from(document('one', 'As committed.')) },
      { path: 'one/run.sh', executable: true, bytes: Buffer.from('#!/bin/sh\n') },
    ]);
    expect(problems(found)).toEqual([
      '.agents/skills/bad: SKILL.md does not begin with front matter (---, YAML, ---)',
      '.agents/skills/one/passwd: it is neither a file nor a link to one of the same skill',
      '.claude/skills/elsewhere: links in a commit are not followed',
    ]);
  });
});

describe('the skills of a session', () => {
  const skill = (name: string, more: Partial<Skill> = {}): Skill => ({
    ...{ name, description: `About ${name}.`, origin: 'user', folder: `/home/${name}`, digest: name },
    files: async () => [{ path: 'SKILL.md', executable: false, bytes: Buffer.from(name) }],
    ...more,
  });

  it('are in the order of their names; of one name the first, and that is said unless both are the same', () => {
    const found = [
      skill('b'),
      skill('a'),
      skill('a', { origin: 'project', folder: '.agents/skills/a', digest: 'other' }),
      skill('b', { folder: '.claude/skills/b' }),
    ];
    const { skills, notes } = chooseSkills(found);
    expect(
      renderSkills(recordOf(skills, 'docker', 'x'))
        .split('\n')
        .slice(1),
    ).toEqual(['- /skills/a/SKILL.md: About a.', '- /skills/b/SKILL.md: About b.']);
    expect(notes).toEqual(['note: skills: .agents/skills/a is left out: /home/a has the same name']);
  });

  it('are bounded in number and in bytes, the first ones stay, and what does not is named', () => {
    const many = chooseSkills(Array.from({ length: 70 }, (_, index) => skill(`s${String(index).padStart(2, '0')}`)));
    expect(many.skills).toHaveLength(64);
    expect(many.notes).toEqual([
      'note: skills: s64, s65, s66, s67, s68 and 1 more left out: there is room for 64 skills and 16 KiB of descriptions',
    ]);
    const long = chooseSkills(
      Array.from({ length: 20 }, (_, index) => skill(`s${index}`, { description: 'x'.repeat(1000) })),
    );
    const list = recordOf(long.skills, 'docker', 'x');
    expect(renderSkills(list).length).toBeLessThan(16 * 1024 + 1000);
    expect(long.notes).toHaveLength(1);
    expect(chooseSkills([]).skills).toEqual([]);
    expect(renderSkills(recordOf([], 'docker', 'x'))).toBe('');
  });

  it('are kept once: later sandboxes get the copy, whatever has become of the sources', async () => {
    const dir = newFolder();
    const files = [
      { path: 'a/SKILL.md', executable: false, bytes: Buffer.from('a') },
      { path: 'a/bin/x', executable: true, bytes: Buffer.from([1, 0]) },
    ];
    const mask = process.umask(0o077);
    try {
      expect(await keptSkills(dir, async () => files)).toEqual(files);
    } finally {
      process.umask(mask);
    }
    expect(await keptSkills(dir, () => Promise.reject(new Error('asked again')))).toEqual(files);
    expect(statSync(join(dir, 'skills/a/bin/x')).mode & 0o777).toBe(0o555);
    expect(statSync(join(dir, 'skills/a')).mode & 0o777).toBe(0o755);
  });
});
