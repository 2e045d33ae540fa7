import { expect, test } from 'vitest';
import { judge } from './audit.ts';

/** What `npm audit --json` prints, as far as it matters. */
const told = (severity: string) =>
	JSON.stringify({
		vulnerabilities: { leaky: { severity, range: '<1.2.3', fixAvailable: true } },
		metadata: { vulnerabilities: { high: 0, critical: 0 } }
	});
const known = [{ package: 'leaky', why: 'we never parse YAML', until: '2026-12-31' }];

test('a serious vulnerability is found, a small one is not, and a belief has an end', () => {
	expect(judge(told('critical'), [], '2026-11-25')).toEqual({ kind: 'found', packages: ['leaky'] });
	expect(judge(told('high'), [], '2026-11-25')).toEqual({ kind: 'found', packages: ['leaky'] });
	expect(judge(told('moderate'), [], '2026-11-25')).toEqual({ kind: 'fine' });
	expect(judge(told('high'), known, '2026-11-25')).toEqual({ kind: 'fine' });
	expect(judge(told('high'), known, '2027-01-01')).toMatchObject({ kind: 'found' });
});

test('a registry that does not answer is not taken for good news', () => {
	for (const output of ['', 'npm error network', '{"message":"405 Method Not Allowed"}'])
		expect(judge(output, [], '2026-11-25').kind).toBe('unreachable');
});
