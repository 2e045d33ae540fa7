import type { Layer } from '../../src/lib/layers/define-layer.ts';
import type { SourceConfig } from '../config.ts';
import type { Reading } from './records.ts';

/** What reading a source once gives. */
export interface Answer extends Reading {
	/** Whether everything the source has was read: only then does an absence say something. */
	full: boolean;
	/** How long the source asks to be left alone, beyond `everySeconds`. */
	waitMs?: number;
}

export interface PageOptions {
	/** Serve from memory for so long after it was asked. */
	keepMs?: number;
	/** Shared by all sources: many stations, one catalogue. */
	shared?: boolean;
}

export interface Reader {
	source: SourceConfig;
	layer: Layer;
	now: number;
	/** The JSON at an address. Rejects with an `AppError` of the codes `source_…`. */
	page: (url: string, options?: PageOptions) => Promise<unknown>;
}

/** How one kind of feed is asked; what it answers is read by a pure function beside it. */
export interface Format {
	read(reader: Reader): Promise<Answer>;
}
