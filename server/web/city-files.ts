import fs from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { matches } from './conditional.ts';

// No segment may start with a dot, so no path leaves its folder and no temporary file is shown.
const CITY_FILE = /^\/city\/([a-z0-9-]+(?:\/[A-Za-z0-9_-][\w.-]*)+)$/;

const TYPES: Record<string, string> = {
	'.json': 'application/json',
	'.geojson': 'application/geo+json',
	'.svg': 'image/svg+xml',
	'.pmtiles': 'application/octet-stream',
	'.csv': 'text/csv; charset=utf-8'
};

/**
 * Answers `/city/{city}/…` from `DATA_DIR/city` where the official file has been fetched there; resolves with false
 * where it has not, so that the bundled pack answers.
 */
export function cityFiles(dataDir: string) {
	const folder = path.join(dataDir, 'city');
	return async (req: IncomingMessage, res: ServerResponse): Promise<boolean> => {
		if (req.method !== 'GET' && req.method !== 'HEAD') return false;
		const [, name] = CITY_FILE.exec((req.url ?? '').split('?', 1)[0] ?? '') ?? [];
		if (name === undefined) return false;
		const handle = await fs.promises.open(path.join(folder, name)).catch(() => undefined);
		if (!handle) return false;
		try {
			// Size and time come from the open file: a newer one renamed into place meanwhile is the next answer's.
			const stats = await handle.stat();
			if (!stats.isFile()) return false;
			const etag = `W/"${stats.size}-${Math.round(stats.mtimeMs)}"`;
			res.setHeader('etag', etag);
			if (matches(req.headers['if-none-match'], etag)) {
				res.writeHead(304).end();
				return true;
			}
			res.setHeader('content-type', TYPES[path.extname(name)] ?? 'application/octet-stream');
			res.setHeader('content-length', stats.size);
			res.writeHead(200);
			if (req.method === 'HEAD') res.end();
			else await pipeline(handle.createReadStream({ autoClose: false }), res);
			return true;
		} finally {
			await handle.close();
		}
	};
}
