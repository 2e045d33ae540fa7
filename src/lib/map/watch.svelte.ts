/** Runs `act` now and whenever what it reads changes, apart from any component, until the returned function is called. */
export function watch(act: () => void): () => void {
	return $effect.root(() => {
		$effect(act);
	});
}
