import { expect, test } from 'vitest';
import { ownOrigin } from './origin.ts';

const OURS = 'https://capitoul.example';
const cases: [origin: string | null, host: string, site: string | null, allowed: boolean][] = [
	[null, 'capitoul.example', null, true], // a device
	[null, 'capitoul.example', 'same-origin', true],
	[null, 'capitoul.example', 'none', true],
	[null, 'capitoul.example', 'cross-site', false],
	['https://capitoul.example', '10.0.0.7:3000', null, true],
	['https://10.0.0.7:3000', '10.0.0.7:3000', null, true],
	['http://10.0.0.7', '10.0.0.7:80', null, true],
	['https://capitoul.example:443', 'capitoul.example', null, true],
	['https://CAPITOUL.example', 'capitoul.example', null, true],
	['https://evil.example', 'capitoul.example', null, false],
	['https://capitoul.example.evil.example', 'capitoul.example', null, false],
	['https://evil.example', 'capitoul.example', 'same-origin', false],
	['https://capitoul.example:8443', 'capitoul.example', null, false],
	['http://localhost:3001', 'localhost:3000', null, false],
	['null', 'capitoul.example', null, false],
	['', 'capitoul.example', null, false],
	['file://capitoul.example', 'capitoul.example', null, false],
	['https://user@capitoul.example@evil.example', 'capitoul.example', null, false],
	['https://evil.example', '', null, false],
	['http://x', 'x/@evil', null, false]
];

test.each(cases)('Origin %s, Host %s, Sec-Fetch-Site %s: %s', (origin, host, site, allowed) => {
	expect(ownOrigin({ origin, host, site }, OURS)).toBe(allowed);
});

test('without a public origin only the Host is compared', () => {
	expect(ownOrigin({ origin: OURS, host: 'capitoul.example' }, undefined)).toBe(true);
	expect(ownOrigin({ origin: OURS, host: 'other.example' }, undefined)).toBe(false);
});
