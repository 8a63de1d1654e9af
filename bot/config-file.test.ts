import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { botConfigSchema } from './config.ts';
import { MAX_CONFIG_BYTES, parseBotConfig } from './config-file.ts';
import { BotError } from './errors.ts';

const parse = (text: string) => parseBotConfig(Buffer.from(text));

describe('parseBotConfig', () => {
  it('gives the defaults where the file is not there or says nothing', async () => {
    const defaults = botConfigSchema.parse({});
    expect(await parseBotConfig(null)).toEqual(defaults);
    expect(await parse('')).toEqual(defaults);
    expect(await parse('# later\n')).toEqual(defaults);
  });

  it('takes keys in kebab-case, and those of a section too', async () => {
    const text =
      'branch-prefix: bot/\nmax-cost-per-day: 7.5\nbots: [renovate]\nallow:\n  workflows: true\n  paths: ["*.wasm"]\n';
    expect(await parse(text)).toMatchObject({
      branchPrefix: 'bot/',
      maxCostPerDay: 7.5,
      bots: ['renovate'],
      allow: { workflows: true, codeowners: false, paths: ['*.wasm'] },
    });
  });

  it.each([
    ['label: x\nmax-costs: 1', 'line 2: there is no setting "max-costs". Did you mean max-cost?'],
    ['maxCost: 1', 'line 1: there is no setting "maxCost". Did you mean max-cost?'],
    ['allow:\n  workflow: true', 'line 2: there is no setting "allow.workflow". Did you mean workflows?'],
    ['label: x\n\nmax-cost: much', 'line 3: max-cost is not a number of dollars'],
    ['max-cost-per-day: 0', 'line 1: max-cost-per-day is not above zero'],
    ['allow: yes', 'line 1: allow must be a list of NAME: VALUE lines'],
    ['allow:\n  paths: [1]', 'line 2: allow.paths.0 cannot be: Invalid input'],
    ['bots:\n  - a\n  - "*"', 'line 3: bots.1 is not a login'],
    ['label:', 'line 1: label has no value'],
    ['- a\n- b', 'bot.yaml: it must be a list of NAME: VALUE lines'],
    ['label: [', 'line 1: '],
    ['label: a\nlabel: b', 'line 2: Map keys must be unique'],
    ['permission: read', 'line 1: permission is neither write nor admin'],
    ['branch-prefix: main', 'line 1: branch-prefix is not a prefix such as drydock/'],
    ['__proto__: {}', 'there is no setting "__proto__"'],
  ])('refuses %j and says where', async (text, message) => {
    await expect(parse(text)).rejects.toThrow(message);
  });

  it('refuses a file that is too large, and one that grows when it is read', async () => {
    await expect(parse('#'.repeat(MAX_CONFIG_BYTES + 1))).rejects.toThrow('.drydock/bot.yaml: is larger than 64 KiB');
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefgh']
      .map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(',')}]`)
      .join('\n')}`;
    await expect(parse(bomb)).rejects.toThrow('alias');
  });

  it('reads any bytes or says in one line why not', async () => {
    const line = fc
      .tuple(fc.constantFrom('label', 'allow', 'bots', 'max-cost', '"', '- '), fc.string())
      .map((p) => p.join(': '));
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.array(line).map((lines) => lines.join('\n')),
          fc.string(),
        ),
        async (text) => {
          const error = await parse(text).then(
            () => null,
            (thrown: unknown) => thrown,
          );
          if (error === null) return;
          expect(error).toBeInstanceOf(BotError);
          expect(error instanceof BotError && error.message).not.toContain('\n');
        },
      ),
    );
  });
});
