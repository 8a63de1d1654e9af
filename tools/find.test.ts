/** `search` and `list_files`: with ripgrep in Drydock's own image, with grep and find on the host. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeContainerContext, makeToolContext, type TestContext, textOf } from '../test/tool-context.ts';
import { foldPaths, listFiles } from './list-files.ts';
import { parseMatches, renderHits, search, searchCommand } from './search.ts';
import type { ToolContext } from './tool.ts';

describe.each([
  { program: 'ripgrep', make: makeContainerContext },
  { program: 'grep and find', make: makeToolContext },
])('with $program', ({ program, make }) => {
  describe('in a folder', () => {
    let test: TestContext;
    let context: ToolContext;
    beforeAll(async () => {
      test = await make({
        'src/a.ts': 'const x = 1;\nfoo(x);\nFoo.bar(2);\n',
        'src/deep/b.ts': 'foo(3);\n',
        'src/c.py': 'foo(4)\n',
        'odd: name.txt': 'foo\n',
        '-dash.txt': 'dash foo\n',
        '.github/ci.yml': 'foo: 1\n',
        '.git/config': 'foo\n',
        '.gitignore': 'built/\n',
        'built/out.txt': 'needle in a built file\n',
        'bin.dat': Buffer.from('\0\x01foo\0\n', 'latin1'),
        'wide.txt': `${'w'.repeat(5000)}needle\n`,
      });
      await test.sandbox.exec({
        command: 'mkdir tools empty; for t in sh bash cat find grep echo; do ln -s "$(command -v $t)" tools/$t; done',
      });
      const env = program === 'ripgrep' ? {} : { PATH: `${test.context.cwd}/tools` };
      const exec: ToolContext['sandbox']['exec'] = (command, signal) => test.sandbox.exec({ ...command, env }, signal);
      context = { ...test.context, sandbox: { ...test.sandbox, exec } };
    });
    afterAll(() => test.close());

    const find = async (input: Parameters<typeof search.run>[0]) => textOf(await search.run(input, context));

    it('groups matches by file, hidden files too, .git not, and counts them', async () => {
      expect(await find({ pattern: 'foo\\(' })).toBe(
        'src/a.ts\n2: foo(x);\nsrc/c.py\n1: foo(4)\nsrc/deep/b.ts\n1: foo(3);\n[3 matches in 3 files]',
      );
      expect(await find({ pattern: 'foo: ' })).toBe('.github/ci.yml\n1: foo: 1\n[1 match in 1 file]');
    });

    it('takes a fixed string, ignores case, and keeps to a glob and a path', async () => {
      expect(await find({ pattern: 'Foo.bar(', fixed: true })).toContain('src/a.ts\n3: ');
      expect(await find({ pattern: 'FOO.BAR', ignore_case: true })).toContain('src/a.ts\n3: ');
      expect(await find({ pattern: 'foo', glob: '*.py' })).toBe('src/c.py\n1: foo(4)\n[1 match in 1 file]');
      expect(await find({ pattern: 'foo', glob: '*.{py,yml}' })).toContain('[2 matches in 2 files]');
      expect(await find({ pattern: 'foo', path: 'src/deep' })).toBe('src/deep/b.ts\n1: foo(3);\n[1 match in 1 file]');
      expect(await find({ pattern: 'foo', glob: 'src/**/b.ts' })).toContain('src/deep/b.ts');
      expect(await find({ pattern: 'foo\\(', glob: '!*.ts' })).toBe('src/c.py\n1: foo(4)\n[1 match in 1 file]');
    });

    it('takes patterns and paths that look like options or hold quotes', async () => {
      expect(await find({ pattern: '-dash' })).toContain('No matches');
      expect(await find({ pattern: 'foo', path: '-dash.txt' })).toContain('-dash.txt\n1: dash foo');
      expect(await find({ pattern: `it's "$x"` })).toContain('No matches');
    });

    it('keeps out of .git whatever the glob', async () => {
      for (const glob of ['*', '**', '**/*', '.git/**', 'config']) {
        expect(await find({ pattern: 'foo', glob })).not.toContain('.git/config');
      }
    });

    it.runIf(program === 'ripgrep')('leaves out what git ignores, also for a glob that means everything', async () => {
      for (const glob of [undefined, '*', '**/*']) {
        expect(await find({ pattern: 'in a built', ...(glob && { glob }) })).toMatch(/^No matches/);
      }
    });

    it('finds matches in files with odd names', async () => {
      expect(await find({ pattern: '^foo$', glob: 'odd*' })).toBe('odd: name.txt\n1: foo\n[1 match in 1 file]');
    });

    it.runIf(program === 'ripgrep')('names files whose names hold line feeds, beside what ripgrep says', async () => {
      await test.sandbox.exec({
        command: 'mkdir lf; cd lf; echo line >"$(printf \'a\\n\\nb\')"; cp a* c; >b; chmod 0 b',
      });
      const shown = '"lf/a\\n\\nb"\n1: line\nlf/c\n1: line\n[2 matches in 2 files]';
      const denied = 'b: Permission denied (os error 13)';
      expect(await find({ pattern: '^line$', path: 'lf' })).toBe(`${shown}\nlf/${denied}`);
      expect(await find({ pattern: '^line$' })).toBe(`${shown}\n./lf/${denied}`);
      const mayRead = (path: string) => !path.endsWith('/lf/a\n\nb');
      const result = await search.run({ pattern: '^line$' }, { ...context, mayRead });
      expect(textOf(result)).toMatch(/^lf\/c\n1: line\n\[1 match in 1 file\]\n\[1 more match is in files/);
      await test.sandbox.exec({ command: 'rm -r lf' });
    });

    it('cuts long lines', async () => {
      expect((await find({ pattern: 'needle' })).length).toBeLessThan(500);
    });

    it('says that there are no matches, which is no error', async () => {
      const result = await search.run({ pattern: 'nowhere' }, context);
      expect([result.isError, textOf(result)]).toEqual([false, expect.stringMatching(/^No matches\./)]);
    });

    it('reports a broken expression and a missing path', async () => {
      for (const input of [{ pattern: 'a(b' }, { pattern: 'foo', path: 'missing' }]) {
        const result = await search.run(input, context);
        expect([result.isError, textOf(result)]).toEqual([true, expect.stringMatching(/^The search failed: ./)]);
      }
    });

    const list = async (input: Parameters<typeof listFiles.run>[0]) => textOf(await listFiles.run(input, context));

    it('lists files, sorted, hidden ones too, without .git', async () => {
      expect((await list({ path: '.' })).split('\n')).toEqual(
        expect.arrayContaining(['-dash.txt', '.github/ci.yml', 'src/a.ts', 'src/deep/b.ts']),
      );
      expect(await list({ path: 'src' })).toBe('a.ts\nc.py\ndeep/b.ts');
      expect(await list({ path: '.' })).not.toContain('.git/config');
    });

    it('shows deeper folders as a count', async () => {
      expect(await list({ path: 'src', depth: 1 })).toBe('a.ts\nc.py\ndeep/ (1 file)');
    });

    it('reports an empty folder, a missing one, and a file', async () => {
      expect(await list({ path: 'empty' })).toBe('[no files]');
      for (const path of ['missing', 'src/a.ts']) {
        const result = await listFiles.run({ path }, context);
        expect([result.isError, textOf(result)]).toEqual([true, expect.stringContaining(path)]);
      }
    });
  });
});

describe('foldPaths', () => {
  const paths = ['a/b/1', 'a/b/2', 'a/c/3', 'd'];

  it('goes as deep as fits', () => {
    expect(foldPaths(paths, undefined, 4).entries).toEqual(['a/b/1', 'a/b/2', 'a/c/3', 'd']);
    expect(foldPaths(paths, undefined, 3).entries).toEqual(['a/b/ (2 files)', 'a/c/ (1 file)', 'd']);
    expect(foldPaths(paths, undefined, 2).entries).toEqual(['a/ (3 files)', 'd']);
  });

  it('cuts only when even one level does not fit, and says how much', () => {
    expect(foldPaths(paths, undefined, 1)).toEqual({ entries: ['a/ (3 files)'], depth: 1, cut: 1 });
  });
});

describe('search', () => {
  it('takes what ripgrep says of a file for no part of the next name, whatever the file is called', () => {
    const said = 'lf/a\n\nb: Permission denied (os error 13)\nlf/c\0' + '1:x\nlf/d\n\0' + '2:y\n';
    expect(parseMatches(said, 'lf')).toEqual({
      hits: [
        { path: 'lf/c', line: 1, text: 'x' },
        { path: 'lf/d\n', line: 2, text: 'y' },
      ],
      messages: ['lf/a', 'b: Permission denied (os error 13)'],
      byGrep: false,
    });
  });

  it('shows at most 100 matches', () => {
    const hits = Array.from({ length: 150 }, (_, line) => ({ path: 'a', line, text: 'x' }));
    expect(renderHits(hits).shown).toBe(100);
  });

  it('shows at most about 12 KB', () => {
    const hits = Array.from({ length: 100 }, (_, line) => ({ path: 'a', line, text: 'x'.repeat(290) }));
    const { text, shown } = renderHits(hits);
    expect(shown).toBeLessThan(100);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(12 * 1024);
  });

  it('quotes what the model gives', () => {
    expect(searchCommand({ pattern: `'; rm -rf /; '`, path: '$(x)', glob: '`y`' })).not.toMatch(
      /[^'\\]; rm -rf|[^']\$\(x\)|[^']`y`/,
    );
  });
});
