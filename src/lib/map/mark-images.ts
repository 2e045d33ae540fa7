import { shapePath, type Mark } from './marks.ts';
import type { Palette } from './style.ts';

const SIZE = 22; // CSS pixels; the shape inside has a diameter of 15
const RATIO = 2;

/** A mark drawn for the map at twice its size, in the colours of the theme. */
export function markImage(mark: Mark, colors: Palette): { image: ImageData; pixelRatio: number } {
	const canvas = document.createElement('canvas');
	canvas.width = canvas.height = SIZE * RATIO;
	const context = canvas.getContext('2d');
	if (!context) throw new Error('no 2d canvas');
	const published = mark.color.startsWith('#');
	const color = published ? mark.color : (colors[mark.color as keyof Palette] ?? colors.plain);
	context.scale(RATIO, RATIO);
	context.lineJoin = 'round';
	const outline = new Path2D(shapePath(mark.shape, SIZE / 2, SIZE / 2, 7));
	if (mark.shape === 'ring') {
		context.fillStyle = colors.paper;
		context.fill(outline);
		context.strokeStyle = color;
		context.lineWidth = mark.fresh ? 2.6 : 2;
		if (!mark.fresh) context.setLineDash([3, 2.6]);
		context.stroke(outline);
	} else {
		context.strokeStyle = published ? colors.ink : colors.paper;
		context.lineWidth = published ? 2 : 3;
		context.stroke(outline);
		context.fillStyle = color;
		context.fill(outline);
	}
	return { image: context.getImageData(0, 0, canvas.width, canvas.height), pixelRatio: RATIO };
}
