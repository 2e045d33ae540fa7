/** One protection taken out: `find` (once in `file`) becomes `replace`, and one of `tests` must then fail. */
export interface Mutation {
	protection: string;
	file: string;
	find: string;
	replace: string;
	tests: readonly string[];
}

/** Every protection whose loss would be silent: nothing crashes, only a promise is broken. */
export const mutations: readonly Mutation[] = [
	{
		protection: 'late acknowledgement, external broker',
		file: 'server/broker/receive.ts',
		find: 'accept(topic, payload).then(',
		replace:
			"if (messageId !== undefined) link.send({ cmd: 'puback', messageId });\n\t\taccept(topic, payload).then(",
		tests: ['server/broker/receive.test.ts']
	},
	{
		protection: 'late acknowledgement, embedded broker',
		file: 'server/broker/embedded.ts',
		find: 'accept(packet.topic, bytes(packet.payload)).then(\n\t\t\t\t() => done(null),',
		replace:
			'done(null);\n\t\t\taccept(packet.topic, bytes(packet.payload)).then(\n\t\t\t\t() => {},',
		tests: ['server/broker/embedded.test.ts']
	},
	{
		protection: 'done only once written',
		file: 'server/intake/intake.ts',
		find: 'await journal.write({ id: patch.id, layer: patch.layer.id, entity: next, readings });',
		replace:
			'journal.write({ id: patch.id, layer: patch.layer.id, entity: next, readings }).catch(() => {});',
		tests: ['server/intake/intake.test.ts']
	},
	{
		protection: 'fsync',
		file: 'server/history/database.ts',
		find: 'PRAGMA synchronous = FULL;',
		replace: 'PRAGMA synchronous = NORMAL;',
		tests: ['server/intake/fsync.test.ts']
	},
	{
		protection: 'a phone that stops reading is cut (1 MB unsent)',
		file: 'server/broker/wire.ts',
		find: 'if (this.#unsent + this.#socket.writableLength > UNSENT_MAX) {',
		replace: 'if (this.#unsent + this.#socket.writableLength > Infinity) {',
		tests: ['server/broker/phones.test.ts']
	},
	{
		protection: 'a repeat is stored once (dedupe)',
		file: 'server/history/codec.ts',
		find: 'if (sorted(later.t) && (later.t[0] ?? Infinity) > (settled.t.at(-1) ?? -Infinity))',
		replace: 'if (sorted(later.t) || later.t.length > 0)',
		tests: ['server/history/sqlite.test.ts']
	},
	{
		protection: 'a correction is sent on after what it corrects',
		file: 'server/history/staging.ts',
		find: 'if (!this.#inOrder(sid, t)) disorder = 1;',
		replace: 'this.#inOrder(sid, t);',
		tests: ['server/history/influx.test.ts']
	},
	{
		protection: 'the newest value wins, whatever the order',
		file: 'server/city/city.ts',
		find: 'if (known && known.received > entity.received) return;',
		replace: '',
		tests: ['server/city/city.test.ts']
	},
	{
		protection: 'a wrong clock enters no history',
		file: 'server/intake/intake.ts',
		find: 'if (patch.clock) return [];',
		replace: '',
		tests: ['server/intake/intake.test.ts']
	},
	{
		protection: 'one id has one source',
		file: 'server/intake/intake.ts',
		find: "if (!('removed' in patch)) this.#checkSource(patch, now);",
		replace: '',
		tests: ['server/intake/intake.test.ts']
	},
	{
		protection: 'Origin of a write (HTTP)',
		file: 'server/web/http.ts',
		find: 'if (foreignWrite(req, config.origin)) {',
		replace: 'if (foreignWrite(req, config.origin) && req.headers.host === undefined) {',
		tests: ['server/web/http.test.ts']
	},
	{
		protection: 'Origin of an upgrade (WebSocket)',
		file: 'server/broker/upgrade.ts',
		find: "if (!originAllowed(request, origin, proxies)) return refuse('403 Forbidden');",
		replace: 'originAllowed(request, origin, proxies);',
		tests: ['server/broker/gateway.test.ts', 'server/broker/embedded.test.ts']
	},
	{
		protection: 'a right: phones publish nothing',
		file: 'server/broker/rights.ts',
		find: 'phone: { publish: [],',
		replace: "phone: { publish: ['raw/+/+'],",
		tests: ['server/broker/rights.test.ts', 'server/broker/phones.test.ts']
	},
	{
		protection: 'a right: a device writes under its own name only',
		file: 'server/broker/rights.ts',
		find: "device: { publish: ['raw/+/{id}'],",
		replace: "device: { publish: ['raw/+/+'],",
		tests: ['server/broker/rights.test.ts']
	},
	{
		protection: 'a raw message is never retained',
		file: 'server/broker/embedded.ts',
		find: 'packet.retain = false; // raw messages are never retained (CONTRACT 2)',
		replace: '',
		tests: ['server/broker/rights.test.ts', 'server/broker/embedded.test.ts']
	},
	{
		protection: 'packets above the limit are refused',
		file: 'server/broker/limits.ts',
		find: 'packetBytes: 64 * 1_024',
		replace: 'packetBytes: 64 * 1_024 * 1_024',
		tests: ['server/broker/phones.test.ts', 'server/broker/fuzz.test.ts']
	},
	{
		protection: 'forwarded headers count from a trusted proxy only',
		file: 'server/web/proxy.ts',
		find: 'if (!trusts(peer)) return own;',
		replace: '',
		tests: ['server/web/proxy.test.ts']
	},
	{
		protection: 'no frame around our pages',
		file: 'server/web/headers.ts',
		find: "\"frame-ancestors 'none'; object-src 'none'; base-uri 'self'\"",
		replace: "\"object-src 'none'; base-uri 'self'\"",
		tests: ['server/web/http.test.ts']
	}
];
