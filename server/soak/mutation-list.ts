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
	},
	{
		protection: 'quiet hours: of a rule',
		file: 'server/alerts/log.ts',
		find: 'if (isQuiet(rule.quiet, now)) return;',
		replace: '',
		tests: ['server/alerts/engine.test.ts']
	},
	{
		protection: 'quiet hours: of the city’s alerts',
		file: 'server/city-alerts/tell.ts',
		find: '.filter((quiet) => wakes(severity) || !isQuiet(quietOf(quiet), now))',
		replace: '',
		tests: ['server/city-alerts/herald.test.ts']
	},
	{
		protection: 'city alert: told once, whatever was restarted',
		file: 'server/city-alerts/tell.ts',
		find: 'if (numUpdatedRows > 0n) return false;',
		replace:
			"await tx.deleteFrom('city_alerts').where('id', '=', id).where('sent', '=', sent).execute();",
		tests: ['server/city-alerts/herald.test.ts']
	},
	{
		protection: 'city alert: what is none is refused',
		file: 'server/city-alerts/read.ts',
		find: 'if (!parsed.success) {',
		replace: 'if (!parsed.success && parsed.issues.length > 99) {',
		tests: ['server/city-alerts/herald.test.ts']
	},
	{
		protection: 'city alert: what stood is put back after a mistake',
		file: 'server/city-alerts/herald.ts',
		find: "if (error.code !== 'topic_invalid') await this.#say(id, this.#picture.get(id));",
		replace: '',
		tests: ['server/city-alerts/herald.test.ts']
	},
	{
		protection: 'share of writes: each address has one',
		file: 'server/web/http.ts',
		find: "if (!isSafe(req.method ?? 'GET')) await writes(req.url, address);",
		replace: '',
		tests: ['server/web/http.test.ts']
	},
	{
		protection: 'share of writes: one IPv6 network is one address',
		file: 'server/limits/limits.ts',
		find: 'isIP(address) === 0 ? address : network(address)',
		replace: 'address',
		tests: ['server/limits/limits.test.ts', 'server/web/http.test.ts']
	},
	{
		protection: 'a follow link stands in no log',
		file: 'server/web/http.ts',
		find: "path: req.url?.split('?', 1)[0]",
		replace: 'path: req.url',
		tests: ['server/web/http.test.ts']
	},
	{
		protection: 'what a device not seen for long left behind is erased',
		file: 'server/device/erase.ts',
		find: 'for (const erase of LEFT_BEHIND) await erase(tx, device);',
		replace: '',
		tests: ['server/device/seen.test.ts']
	}
];
