import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder of this test alone, removed at its end. */
export function scratch(prefix: string): string {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), prefix));
	onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
	return folder;
}
