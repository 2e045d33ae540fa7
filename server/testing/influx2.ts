import { randomBytes } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

interface Permission {
	action: string;
	resource: { type: string; id?: string; orgID?: string };
}
interface Authorization {
	id: string;
	token: string;
	orgID: string;
	description: string;
	permissions: Permission[];
}

/**
 * A stand-in for the management API of InfluxDB 2.7 as its documentation has it (setup, orgs, buckets, authorizations):
 * Debian has only 1.6. It refuses what the real one refuses: a second setup, a name twice, a request without the token,
 * retention under an hour, a permission on a bucket that is not there; a token's text is told once, when it is made.
 */
export async function influx2() {
	const id = () => randomBytes(8).toString('hex');
	let root: { token: string; org: { id: string; name: string } } | undefined;
	const buckets: { id: string; orgID: string; name: string; everySeconds: number }[] = [];
	const authorizations: Authorization[] = [];

	const answer = (
		method: string,
		url: URL,
		token: string,
		body: Record<string, unknown>
	): [number, unknown] => {
		const { pathname, searchParams } = url;
		if (pathname === '/api/v2/setup' && method === 'GET') return [200, { allowed: !root }];
		if (pathname === '/api/v2/setup') {
			if (root)
				return [422, { code: 'conflict', message: 'onboarding has already been completed' }];
			const { username, password, org, bucket, token } = body as Record<string, string>;
			if (!username || !org || !bucket) return [400, { code: 'invalid', message: 'required' }];
			if ((password ?? '').length < 8)
				return [400, { code: 'invalid', message: 'passwords must be at least 8 characters long' }];
			root = { token: token ?? id(), org: { id: id(), name: org } };
			buckets.push({
				id: id(),
				orgID: root.org.id,
				name: bucket,
				everySeconds: Number(body['retentionPeriodSeconds'] ?? 0)
			});
			return [201, {}];
		}
		if (!root || token !== root.token)
			return [401, { code: 'unauthorized', message: 'unauthorized access' }];
		const { org } = root;
		if (pathname === '/api/v2/orgs') {
			const asked = searchParams.get('org');
			if (asked !== null && asked !== org.name)
				return [404, { code: 'not found', message: `organization name "${asked}" not found` }];
			return [200, { orgs: [org] }];
		}
		if (pathname === '/api/v2/buckets' && method === 'GET')
			return [200, { buckets: buckets.slice(0, Number(searchParams.get('limit') ?? 20)) }];
		if (pathname === '/api/v2/buckets') {
			const { orgID, name, retentionRules } = body as {
				orgID: string;
				name: string;
				retentionRules: { everySeconds: number }[];
			};
			if (buckets.some((each) => each.name === name))
				return [422, { code: 'conflict', message: `bucket with name ${name} already exists` }];
			const everySeconds = retentionRules[0]?.everySeconds ?? 0;
			if (everySeconds !== 0 && everySeconds < 3600)
				return [422, { code: 'unprocessable entity', message: 'retention' }];
			buckets.push({ id: id(), orgID, name, everySeconds });
			return [201, buckets.at(-1)];
		}
		if (pathname === '/api/v2/authorizations' && method === 'GET')
			return [200, { authorizations: authorizations.map(({ token: _, ...rest }) => rest) }];
		if (pathname === '/api/v2/authorizations') {
			const { orgID, description, permissions } = body as unknown as Authorization;
			if (
				permissions.length === 0 ||
				permissions.some(({ resource }) => !buckets.some((each) => each.id === resource.id))
			)
				return [400, { code: 'invalid', message: 'permissions' }];
			authorizations.push({ id: id(), token: id() + id(), orgID, description, permissions });
			return [201, authorizations.at(-1)];
		}
		const [, gone] = /^\/api\/v2\/authorizations\/(\w+)$/.exec(pathname) ?? [];
		if (gone !== undefined && method === 'DELETE') {
			const at = authorizations.findIndex((each) => each.id === gone);
			if (at < 0) return [404, { code: 'not found', message: 'authorization not found' }];
			authorizations.splice(at, 1);
			return [204, undefined];
		}
		return [404, { code: 'not found', message: 'path not found' }];
	};

	const server = http.createServer((req, res) => {
		let text = '';
		req.on('data', (chunk: Buffer) => (text += chunk.toString()));
		req.on('end', () => {
			const url = new URL(req.url ?? '/', 'http://influx');
			const token = (req.headers.authorization ?? '').replace(/^Token /, '');
			const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
			const [status, json] = answer(req.method ?? 'GET', url, token, body);
			res.writeHead(status, { 'content-type': 'application/json' });
			res.end(json === undefined ? undefined : JSON.stringify(json));
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
		buckets,
		authorizations,
		close: () => new Promise((resolve) => server.close(resolve))
	};
}
