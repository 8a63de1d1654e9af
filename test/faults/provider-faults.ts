/** Faults of the way to a provider, and errors that it answers with. */
import type { Protocol, ScriptedTurn } from '../model-server.ts';
import { type Answer, DONE, type Fault, failure } from './fault.ts';

const soon = { 'retry-after': '1', 'retry-after-ms': '10' };

const limited = {
  claude: ['rate_limit_error', "This request would exceed your organization's rate limit of 50 requests per minute."],
  gpt: ['Rate limit reached for gpt on requests per min (RPM): Limit 50, Used 50.', 'rate_limit_exceeded', 'requests'],
} satisfies Parameters<typeof failure>[1];

const tooLong = failure(400, {
  claude: ['invalid_request_error', 'prompt is too long: 214002 tokens > 200000 maximum'],
  gpt: [
    'Your input exceeds the context window of this model. Please adjust your input and try again.',
    'context_length_exceeded',
    'invalid_request_error',
  ],
});

function outputTooLong(protocol: Protocol): ScriptedTurn {
  return failure(400, {
    claude: [
      'invalid_request_error',
      'input length and `max_tokens` exceed context limit: 178959 + 64000 > 200000, decrease input length or `max_tokens` and try again',
    ],
    gpt:
      protocol === 'chat'
        ? [
            'max_tokens is too large: 128000. This model supports at most 16384 completion tokens, whereas you provided 128000.',
            null,
            'invalid_request_error',
          ]
        : [
            "Invalid 'max_output_tokens': integer above maximum value. Expected a value <= 16384, but got 128000 instead.",
            'integer_above_max_value',
            'invalid_request_error',
          ],
  })(protocol);
}

/** In the stream of each protocol, after half of the answer. */
function inStream(protocol: Protocol): ScriptedTurn {
  const body = {
    messages: { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
    responses: { type: 'error', code: 'server_error', message: 'The server had an error', param: null },
    chat: { error: { message: 'The server had an error', type: 'server_error', param: null, code: null } },
  }[protocol];
  return { text: 'half of it', error: { status: 200, body } };
}

const every =
  (turn: (protocol: Protocol) => ScriptedTurn): Answer =>
  (_nth, protocol) =>
    turn(protocol);
const first =
  (turn: (protocol: Protocol) => ScriptedTurn): Answer =>
  (nth, protocol) =>
    nth === 1 ? turn(protocol) : DONE;

/** Six requests: the first, and five retries; one more came before the fault. */
const RETRIED = { requests: 7, code: 3, witness: 'a' };
const REFUSED = { requests: 2, code: 3, witness: 'a' };

export const PROVIDER_FAULTS: Fault[] = [
  {
    name: 'the connection is refused',
    url: 'http://127.0.0.1:1',
    ...RETRIED,
    requests: 6,
    witness: '',
    says: /cannot be reached: .*ECONNREFUSED.*drydock resume/,
  },
  {
    name: 'the name cannot be resolved',
    url: 'http://no-model.invalid',
    ...RETRIED,
    requests: 6,
    witness: '',
    says: /cannot be reached: getaddrinfo.*drydock resume/,
  },
  {
    name: '429 without headers',
    answer: every(failure(429, limited)),
    ...RETRIED,
    says: /rate_limit.*per min.*drydock resume/,
  },
  {
    name: '429 with `retry-after`',
    answer: every(failure(429, limited, soon)),
    ...RETRIED,
    delayMs: 10,
    says: /rate_limit.*per min.*drydock resume/,
  },
  {
    name: '429: quota',
    answer: every(
      failure(429, {
        claude: [
          'rate_limit_error',
          'The organization has reached the spend limit of its contract.',
          'contract_spend_limit_reached',
        ],
        gpt: ['You exceeded your current quota, please check your plan.', 'insufficient_quota', 'insufficient_quota'],
      }),
    ),
    ...REFUSED,
    says: /out of quota: .*top it up/,
  },
  {
    name: '500',
    answer: every(
      failure(
        500,
        {
          claude: ['api_error', 'Internal server error'],
          gpt: ['The server had an error while processing your request.', null, 'server_error'],
        },
        soon,
      ),
    ),
    ...RETRIED,
    delayMs: 10,
    says: /failed \(server\): .*drydock resume/,
  },
  {
    name: '529: overloaded',
    answer: every(
      failure(
        529,
        {
          claude: ['overloaded_error', 'Overloaded'],
          gpt: ['The engine is currently overloaded, please try again later', null, 'server_error'],
        },
        soon,
      ),
    ),
    ...RETRIED,
    delayMs: 10,
    says: /failed \(overloaded\): .*drydock resume/,
  },
  { name: 'an error inside the stream, once', answer: first(inStream), requests: 3, code: 0, witness: 'a' },
  {
    name: '401',
    answer: every(
      failure(401, {
        claude: ['authentication_error', 'invalid x-api-key'],
        gpt: ['Incorrect API key provided.', 'invalid_api_key', 'invalid_request_error'],
      }),
    ),
    ...REFUSED,
    says: /refused the key: .*check the key/,
  },
  {
    name: '403',
    answer: every(
      failure(403, {
        claude: ['permission_error', 'Your API key does not have permission to use the specified resource.'],
        gpt: [
          'Country, region, or territory not supported',
          'unsupported_country_region_territory',
          'request_forbidden',
        ],
      }),
    ),
    ...REFUSED,
    says: /does not permit this: .*another key/,
  },
  {
    name: '404: the model',
    answer: every(
      failure(404, {
        claude: ['not_found_error', 'model: claude-nine'],
        gpt: [
          'The model `gpt-nine` does not exist or you do not have access to it.',
          'model_not_found',
          'invalid_request_error',
        ],
      }),
    ),
    ...REFUSED,
    says: /does not know this model: .*--model/,
  },
  {
    name: 'the input does not fit, every time',
    answer: every(tooLong),
    ...REFUSED,
    requests: 3,
    code: 5,
    says: /context too small: .*split the task/,
  },
  {
    name: 'the input does not fit, once',
    answer: first(tooLong),
    requests: 3,
    code: 0,
    witness: 'a',
  },
  {
    name: 'the output limit does not fit',
    answer: first(outputTooLong),
    requests: 3,
    delayMs: 0,
    code: 0,
    witness: 'a',
  },
];
