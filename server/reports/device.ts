import { deviceOf } from '../device/device.ts';

/** Whose request it is, or undefined where it names no device. Throws `device_missing` for a secret that is none. */
export const optionalDevice = (request: Pick<Request, 'headers'>): string | undefined =>
	request.headers.has('capitoul-device') ? deviceOf(request) : undefined;
