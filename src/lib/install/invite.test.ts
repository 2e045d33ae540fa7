import { expect, test } from 'vitest';
import { invitation, SILENT_MS, type Moment } from './invite.ts';

const now = Date.parse('2026-11-25T10:00:00Z');
const moment: Moment = {
	installed: false,
	useful: true,
	refusedAt: undefined,
	now,
	canAsk: true,
	ios: false
};

test('nobody is invited before a useful act, nor once the app is installed', () => {
	expect(invitation(moment)).toBe('ask');
	expect(invitation({ ...moment, useful: false })).toBeUndefined();
	expect(invitation({ ...moment, installed: true })).toBeUndefined();
});

test('after a refusal there are 30 days of silence', () => {
	expect(invitation({ ...moment, refusedAt: now - SILENT_MS + 1 })).toBeUndefined();
	expect(invitation({ ...moment, refusedAt: now - SILENT_MS })).toBe('ask');
	expect(invitation({ ...moment, refusedAt: now + SILENT_MS })).toBe('ask');
});

test('an iPhone is told how; a browser that can neither ask nor be told stays silent', () => {
	expect(invitation({ ...moment, canAsk: false, ios: true })).toBe('tell');
	expect(invitation({ ...moment, canAsk: false })).toBeUndefined();
});
