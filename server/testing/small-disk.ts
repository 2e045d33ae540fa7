import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export interface SmallDisk {
	folder: string;
	/** Takes all the room but so many bytes, as somebody else's file would. */
	fill(leaving?: number): void;
	/** Gives it back. */
	empty(): void;
	remove(): void;
}

/**
 * A real disk of so many MiB that can be full; undefined, with a printed reason, where none can be mounted. Root can: under
 * `CAPITOUL_REQUIRE_REAL=1` it is then an error.
 */
export function smallDisk(mib: number): SmallDisk | undefined {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'small-disk-'));
	const { status, stderr } = spawnSync(
		'mount',
		['-t', 'tmpfs', '-o', `size=${mib}m`, 'tmpfs', folder],
		{ encoding: 'utf8' }
	);
	if (status !== 0) {
		fs.rmdirSync(folder);
		const why = `no tmpfs can be mounted here: ${(stderr ?? '').trim() || 'no mount'}`;
		if (process.env['CAPITOUL_REQUIRE_REAL'] === '1' && process.getuid?.() === 0)
			throw new Error(`${why} (CAPITOUL_REQUIRE_REAL=1)`);
		console.log(`skipped: ${why}`);
		return undefined;
	}
	const big = path.join(folder, 'someone-elses');
	const empty = () => fs.rmSync(big, { force: true });
	return {
		folder,
		fill(leaving = 0) {
			empty();
			const { bavail, bsize } = fs.statfsSync(folder);
			fs.writeFileSync(big, Buffer.alloc(Math.max(0, bavail * bsize - leaving)));
		},
		empty,
		remove() {
			spawnSync('umount', [folder]);
			fs.rmSync(folder, { recursive: true, force: true });
		}
	};
}
