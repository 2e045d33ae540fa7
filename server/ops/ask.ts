// node server/ops/ask.ts [/healthz]: asks this container's own process, for its health check. Ends with 1 where it does
// not answer or says no.
import process from 'node:process';

const port = process.env['METRICS_PORT'] ?? process.env['PORT'] ?? '3000';
const path = process.argv[2] ?? '/healthz';
const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
	signal: AbortSignal.timeout(3_000)
}).catch(() => undefined);
process.exit(answer?.ok === true ? 0 : 1);
