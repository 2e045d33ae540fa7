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
		// Beside the pages' tests, on two cores, a test may have to wait for the machine.
		testTimeout: process.env['CI'] ? 60_000 : 20_000,
		hookTimeout: process.env['CI'] ? 60_000 : 30_000,
		pool: 'forks',
		maxWorkers: 2
	}
});
