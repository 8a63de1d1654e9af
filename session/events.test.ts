import { describe, expect, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import type { AssistantMessage, ModelError, Usage } from '../models/index.ts';
import { type assistantMessageSchema, LOG_VERSION, type modelErrorSchema, parseEvent } from './events.ts';
import { finished, prompt, responded, sampleCreated } from './sample-events.ts';
import type { usageSchema } from './usage.ts';

const place = { v: LOG_VERSION, seq: 1, at: '2026-11-24T15:30:12.000Z' };
const parse = (event: object) => parseEvent(JSON.stringify({ ...place, ...event }));

describe('an event', () => {
  it('has the very types of models/', () => {
    expectTypeOf<z.infer<typeof assistantMessageSchema>>().toEqualTypeOf<AssistantMessage>();
    expectTypeOf<z.infer<typeof usageSchema>>().toEqualTypeOf<Usage>();
    expectTypeOf<z.infer<typeof modelErrorSchema>>().toEqualTypeOf<ModelError>();
  });

  it('reads back as it was written', () => {
    const reasoning = { type: 'reasoning', text: '', opaque: { signature: ['x', null, 1.5] } } as const;
    const event = responded(1, { text: 'line\u2028separator \ud800 lone', calls: ['c'] });
    const full = { ...event, message: { ...event.message, content: [reasoning, ...event.message.content] } };
    for (const body of [
      { type: 'session.created' as const, ...sampleCreated() },
      prompt('p'),
      full,
      finished(1, 'c'),
    ]) {
      expect(parse(body)).toEqual({ ...place, ...body });
    }
  });

  it('of an unknown type is kept as unknown', () => {
    expect(parse({ type: 'delegate.finished', by: 'newer' })).toEqual({
      ...place,
      type: 'unknown',
      originalType: 'delegate.finished',
    });
  });

  it('of a newer format is refused with both versions', () => {
    const problem = parse({ ...prompt('p'), v: 7 });
    expect(problem).toEqual({ newer: true, problem: expect.stringMatching(/version 7 .* up to 1/) });
  });

  it('may have fields that are not known, as a later Drydock adds them', () => {
    expect(parse({ ...prompt('p'), mood: 'good' })).toEqual({ ...place, ...prompt('p') });
  });

  it.each([
    ['a missing field', { type: 'prompt' }, 'content'],
    ['a wrong field deep inside', { ...prompt('p'), content: [{ type: 'text', text: 1 }] }, 'content.0.text'],
    ['a bad time', { ...prompt('p'), at: 'yesterday' }, 'at'],
    ['a path as id', { type: 'session.created', ...sampleCreated('../x') }, 'id'],
  ])('with %s is refused by the name of the field', (_, event, field) => {
    expect(parse(event)).toEqual({ newer: false, problem: expect.stringContaining(`${field}:`) });
  });

  it.each(['', '{', 'null', '[]', '"x"', '{}'])('is not %j', (line) => {
    expect(parseEvent(line)).toHaveProperty('problem');
  });
});
