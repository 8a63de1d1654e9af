import { expect, it } from 'vitest';
import { outputRoom } from './output-limit.ts';

it.each<[string, string, number | null]>([
  [
    'Anthropic, the window',
    'input length and `max_tokens` exceed context limit: 178959 + 64000 > 200000, decrease input length or `max_tokens` and try again',
    21_041,
  ],
  [
    'Anthropic, the model',
    'max_tokens: 64000 > 8192, which is the maximum allowed number of output tokens for claude-x',
    8192,
  ],
  [
    'OpenAI, the model',
    'max_tokens is too large: 32000. This model supports at most 16384 completion tokens, whereas you provided 32000.',
    16_384,
  ],
  [
    'OpenAI, the model, in Responses',
    "Invalid 'max_output_tokens': integer above maximum value. Expected a value <= 16384, but got 32000 instead.",
    16_384,
  ],
  [
    'OpenAI and vLLM, the window',
    "This model's maximum context length is 16384 tokens. However, you requested 18000 tokens (8000 in the messages, 10000 in the completion). Please reduce the length of the messages or completion.",
    8384,
  ],
  [
    'OpenAI, with tools',
    "This model's maximum context length is 16384 tokens. However, you requested 18000 tokens (7500 in the messages, 500 in the functions, and 10000 in the completion).",
    8384,
  ],
  [
    'vLLM, later',
    "'max_tokens' or 'max_completion_tokens' is too large: 8192. This model's maximum context length is 8192 tokens and your request has 1200 input tokens (8192 > 8192 - 1200).",
    6992,
  ],
  [
    'vLLM, later still',
    "This model's maximum context length is 4096 tokens. However, your request has 8 input tokens plus 4095 'max_tokens'. Please reduce one or the other.",
    4088,
  ],
  [
    'vLLM, latest',
    "This model's maximum context length is 8192 tokens. However, you requested 4096 output tokens and your prompt contains at least 5000 input tokens, for a total of at least 9096 tokens.",
    3192,
  ],
  [
    'OpenRouter',
    "This endpoint's maximum context length is 32768 tokens. However, you requested about 40000 tokens (20000 of text input, 1000 of tool input, 19000 in the output).",
    11_768,
  ],
  [
    'Text Generation Inference',
    'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 2000 `inputs` tokens and 3000 `max_new_tokens`',
    2096,
  ],
  [
    'nearly nothing left',
    'input length and `max_tokens` exceed context limit: 199759 + 8192 > 200000, decrease input length or `max_tokens` and try again',
    null,
  ],
  ['the input alone', 'prompt is too long: 214002 tokens > 200000 maximum', null],
  [
    'the input alone, at OpenAI',
    "This model's maximum context length is 16385 tokens. However, your messages resulted in 40213 tokens. Please reduce the length of the messages.",
    null,
  ],
])('%s: the output limit that would have fitted', (_server, message, room) => {
  expect(outputRoom(message)).toBe(room);
});
