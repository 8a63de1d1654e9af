import { expect, it } from 'vitest';
import { toSteps } from './transcript.ts';

it('a transcript is sent as well-formed text, whoever cut a character in half', () => {
  const content = [{ type: 'text' as const, text: `a${'😀'.slice(0, 1)}` }];
  const call = { type: 'tool_call' as const, id: 'c', name: 'shell', arguments: '{}' };
  const steps = toSteps(
    [
      { role: 'user', content },
      { role: 'assistant', model: 'p:m', content: [...content, call] },
      { role: 'tool', callId: 'c', content, isError: false },
    ],
    { id: 'p:m', images: true },
  );
  expect(JSON.stringify(steps)).not.toContain('\\ud83d');
  expect(JSON.stringify(steps).match(/a\ufffd/g)).toHaveLength(3);
});
