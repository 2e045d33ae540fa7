/** A message as a subscriber gets it. An empty payload is a removal. */
export interface Message {
	topic: string;
	payload: Buffer;
	/** True for a retained message delivered because of the subscription itself. */
	retained: boolean;
}

/**
 * What a service may do with the broker, the same whether it is in this process or across a network. Made by
 * `connectBroker` (client.ts); each service has a connection of its own, with its own last will.
 */
export interface Broker {
	/** QoS 1 resolves once acknowledged by the broker; QoS 0 once handed to the connection. Rejects `broker_unavailable`. */
	publish(
		topic: string,
		payload: string | Buffer,
		options?: { qos?: 0 | 1; retain?: boolean }
	): Promise<void>;
	/** Resolves once granted; calls `onMessage` in order of arrival, again after a reconnection. */
	subscribe(
		filter: string,
		onMessage: (message: Message) => void,
		options?: { qos?: 0 | 1 }
	): Promise<void>;
	/** As `subscribe`, and resolves once the retained messages are read: none for 300 ms, at most 10 s. */
	subscribeRetained(filter: string, onMessage: (message: Message) => void): Promise<void>;
	readonly connected: boolean;
	/** Called at each change of `connected`. */
	onConnection(listener: (connected: boolean) => void): void;
	close(): Promise<void>;
}

/**
 * Takes one raw message. Resolves once what it says is durable (or it is written off to `dead/`); only then is it
 * acknowledged to its sender. Rejects where it could not be kept: the sender must repeat it.
 */
export type Accept = (topic: string, payload: Buffer) => Promise<void>;
