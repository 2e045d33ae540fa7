import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// Plain Node tests: layers, services, stores. The browser is tried whole, by Playwright (playwright.config.ts).
export default defineConfig({
	plugins: [svelte()], // runes in *.svelte.ts
	resolve: { conditions: ['node'] },
	test: {
		include: [
			'src/**/*.test.ts',
			'server/**/*.test.ts',
			'simulator/**/*.test.ts',
			'docs/**/*.test.ts',
			'deploy/**/*.test.ts'
		],
		environment: 'node',
		testTimeout: 20_000,
		hookTimeout: 30_000,
		pool: 'forks',
		maxWorkers: 2
	}
});
