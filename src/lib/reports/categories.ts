import { toulouse } from './categories-toulouse.ts';
import type { Category } from './category.ts';

/** What can be reported, in the order a person sees it. Another city is another file. */
export const categories: readonly Category[] = toulouse;

const byId = new Map(categories.map((category) => [category.id, category]));

/** The category of that id, or undefined. */
export const categoryOf = (id: string): Category | undefined => byId.get(id);

/**
 * When a category or a question last changed, for Open311's `changeset`: a test holds a print of the file beside it, so
 * that one cannot change without the other.
 */
export const CATEGORIES_CHANGED = '2026-11-30T08:21:00Z';
