// Node-RED beside Capitoul. Nothing here is a secret: each one stands in a file that a variable names.
//   node-red --settings settings.cjs
// MQTT_URL                         mqtt://mosquitto:1883, or mqtts:// with NODE_EXTRA_CA_CERTS for a private authority
// MQTT_PASSWORD_FILE               password of the account « nodered »
// NODE_RED_ADMIN_HASH_FILE         bcrypt hash of the editor's password (node-red admin hash-pw); without it, no editor
// NODE_RED_CREDENTIAL_SECRET_FILE  encrypts what is typed into the editor
// NODE_RED_DATA                    its own folder: flows are copied there at the first start, and changed there only
const fs = require('node:fs');
const path = require('node:path');

/** What stands in the file that a variable names; undefined where it names none. */
const secret = (variable) => {
	const file = process.env[variable];
	return file ? fs.readFileSync(file, 'utf8').trim() : undefined;
};

const data = process.env.NODE_RED_DATA || '/data';
for (const name of ['flows.json', 'flows_cred.json'])
	if (!fs.existsSync(path.join(data, name)))
		fs.copyFileSync(path.join(__dirname, name), path.join(data, name));

// The flow's broker reads its account from here: flows_cred.json holds the names of these variables, not their values.
process.env.MQTT_URL ||= 'mqtt://mosquitto:1883';
process.env.MQTT_USERNAME ||= 'nodered';
process.env.MQTT_PASSWORD ||= secret('MQTT_PASSWORD_FILE') ?? '';

const hash = secret('NODE_RED_ADMIN_HASH_FILE');
if (hash !== undefined && !/^\$2[aby]\$\d\d\$/.test(hash))
	throw new Error('NODE_RED_ADMIN_HASH_FILE must hold a bcrypt hash: node-red admin hash-pw');

module.exports = {
	userDir: data,
	flowFile: 'flows.json',
	flowFilePretty: true,
	uiHost: process.env.HOST || '0.0.0.0',
	uiPort: Number(process.env.PORT || 1880),

	// The editor can run anything, so there is none without a password of its own.
	httpAdminRoot: hash === undefined ? false : '/',
	...(hash !== undefined && {
		adminAuth: {
			type: 'credentials',
			sessionExpiryTime: 8 * 3600,
			users: [{ username: process.env.NODE_RED_ADMIN || 'agent', password: hash, permissions: '*' }]
		}
	}),
	credentialSecret: secret('NODE_RED_CREDENTIAL_SECRET_FILE') ?? false,

	// No routes of its own, nothing installed from the editor, no commands of the system, nobody told.
	httpNodeRoot: false,
	nodesExcludes: ['90-exec.js', '21-httpin.js', '22-websocket.js', '31-tcpin.js', '32-udp.js'],
	externalModules: {
		autoInstall: false,
		palette: { allowInstall: false, allowUpdate: false, allowUpload: false },
		modules: { allowInstall: false }
	},
	functionExternalModules: false,
	functionTimeout: 5,
	telemetry: { enabled: false, updateNotification: false },
	diagnostics: { enabled: false, ui: false },
	editorTheme: { projects: { enabled: false }, tours: false },
	lang: 'fr',
	logging: { console: { level: process.env.LOG_LEVEL || 'info', metrics: false, audit: false } }
};
