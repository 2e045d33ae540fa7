declare module 'robust-point-in-polygon' {
	/** -1 inside, 0 on the border, 1 outside; `ring` is not closed. */
	export default function inside(
		ring: readonly (readonly [number, number])[],
		point: readonly [number, number]
	): -1 | 0 | 1;
}
