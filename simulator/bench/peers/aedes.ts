// Plain Aedes as its manual shows it: what the embedded broker is compared with.
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { Aedes } from 'aedes';
import { WebSocketServer, createWebSocketStream } from 'ws';

const aedes = await Aedes.createBroker();
const tcp = net.createServer(aedes.handle).listen(0, '127.0.0.1');
const web = http.createServer();
const webSockets = new WebSocketServer({
	server: web,
	perMessageDeflate: false,
	handleProtocols: () => 'mqtt'
});
webSockets.on('connection', (webSocket, request) => {
	const stream = createWebSocketStream(webSocket);
	stream.on('error', () => {});
	aedes.handle(stream, request);
});
web.listen(0, '127.0.0.1', () => {
	process.send?.({
		port: (tcp.address() as AddressInfo).port,
		webSocketPort: (web.address() as AddressInfo).port
	});
});
process.on('disconnect', () => process.exit(0));
