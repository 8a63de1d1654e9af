// An MCP server that does on request what servers should not. Plain JavaScript without dependencies, for any Node.
// Arguments say how it starts: `silent` (never answers), `ends` (at once), `chatty` (text between messages), `flood`
// (only text), `slow` (answers late), `faulty-tools` (lists tools that cannot be offered), `insists` (has a tool that says 2,000 times
// that the list of tools has changed).
const { appendFileSync } = require('node:fs');
const modes = process.argv.slice(2);
const is = (mode) => modes.includes(mode);

if (is('ends')) {
  process.stderr.write('no licence found\n');
  process.exit(3);
}
if (is('flood')) setInterval(() => process.stdout.write(`${'x'.repeat(99)}\n`.repeat(1000)), 1);

const object = { type: 'object', properties: {} };
const faulty = [
  { name: 'twice', inputSchema: object },
  { name: 'twice', inputSchema: object },
  { name: 'list', inputSchema: { type: 'array' } },
  { name: 'none' },
  { name: 'round', inputSchema: { ...object, properties: { a: { $ref: '#' } } } },
  { name: 'dialect', inputSchema: { ...object, $schema: 'https://example.com/own' } },
  { name: 'odd', inputSchema: { type: 'object', properties: { a: { type: 'text' } } } },
  { name: '', inputSchema: object },
];
let tools = ['die', 'hang', 'big', 'progress', 'change', 'count', 'odd_result', 'refuse'].map((name) => ({
  name,
  description: `does ${name}`,
  inputSchema: object,
}));
if (is('insists')) tools.push({ name: 'insist', inputSchema: object });
if (is('faulty-tools')) tools = [...tools, ...faulty];

const send = (message) => {
  if (is('chatty')) process.stdout.write('debug: {"about": to send\n');
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
};
let count = 0;
const calls = {
  die() {
    process.stderr.write('a last word\n');
    process.exit(1);
  },
  hang: () => undefined,
  big: (answer) => answer([{ type: 'text', text: `start ${'x'.repeat(6_000_000)} end` }]),
  progress(answer, token) {
    let step = 0;
    const timer = setInterval(() => {
      step += 1;
      send({ method: 'notifications/progress', params: { progressToken: token, progress: step } });
      if (step < 8) return;
      clearInterval(timer);
      answer([{ type: 'text', text: 'took its time' }]);
    }, 300);
  },
  change(answer) {
    tools = [...tools.slice(1), { name: 'late', description: 'came later', inputSchema: object }];
    send({ method: 'notifications/tools/list_changed' });
    answer([{ type: 'text', text: 'changed' }]);
  },
  insist(answer) {
    for (let times = 0; times < 2000; times += 1) send({ method: 'notifications/tools/list_changed' });
    answer([{ type: 'text', text: 'insisted' }]);
  },
  count(answer) {
    count += 1;
    answer([{ type: 'text', text: `call ${count} of process ${process.pid}` }]);
  },
  odd_result: (answer) => answer(['text', { type: 'video' }, { type: 'image', data: '%%%', mimeType: 'image/png' }]),
  refuse: (answer) => answer([{ type: 'text', text: 'no' }], true),
};

function onMessage({ id, method, params }) {
  if (process.env.MCP_JOURNAL) appendFileSync(process.env.MCP_JOURNAL, `${method} ${params?.name ?? ''}\n`);
  if (is('silent')) return;
  if (method === 'initialize') {
    const result = {
      protocolVersion: params.protocolVersion,
      capabilities: { tools: {} },
      serverInfo: { name: 'f', version: '1' },
    };
    setTimeout(() => send({ id, result }), is('slow') ? 500 : 0);
  }
  if (method === 'tools/list') send({ id, result: { tools } });
  if (method === 'tools/call') {
    const call = calls[params.name];
    if (!call) return send({ id, error: { code: -32602, message: `no tool ${params.name}` } });
    call((content, isError = false) => send({ id, result: { content, isError } }), params._meta?.progressToken);
  }
}

let text = '';
process.stdin.setEncoding('utf8').on('data', (chunk) => {
  const lines = (text + chunk).split('\n');
  text = lines.pop();
  for (const line of lines) onMessage(JSON.parse(line));
});
process.stdin.on('end', () => process.exit(0));
