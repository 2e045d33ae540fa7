/** The start cannot go on for a reason that whoever starts us can change: said in one sentence, without a stack. */
export class StartError extends Error {
	override readonly name = 'StartError';
}

const CODES: Readonly<Record<string, string>> = {
	EADDRINUSE: 'another program already listens there',
	EACCES: 'this user may not listen there',
	EADDRNOTAVAIL: 'this machine does not have that address'
};

/** What `listen` failed with, in words that name the variable to change. */
export function cannotListen(error: Error, variable: string, address: string): Error {
	const why = CODES[(error as NodeJS.ErrnoException).code ?? ''];
	return why === undefined
		? error
		: new StartError(`${variable}: ${address} cannot be taken: ${why}`, { cause: error });
}
