#!/usr/bin/env python3
"""Un capteur de Capitoul : publie une mesure en MQTT 3.1.1 et attend son PUBACK.
Usage : capteur.py parking-moi-1 MOT_DE_PASSE '{"name": "Mon parking", "availableSpotNumber": 42}'"""
import json, os, sys
from datetime import datetime, timezone
import paho.mqtt.client as mqtt

capteur, mot_de_passe, valeurs = sys.argv[1:4]
topic = f"capitoul/v1/raw/{capteur.split('-')[0]}/{capteur}"
mesure = {"dateObserved": datetime.now(timezone.utc).isoformat(), **json.loads(valeurs)}

version = [mqtt.CallbackAPIVersion.VERSION2] if hasattr(mqtt, "CallbackAPIVersion") else []  # paho 2
client = mqtt.Client(*version, client_id=capteur, protocol=mqtt.MQTTv311)
client.username_pw_set(capteur, mot_de_passe)  # le nom d'un capteur est son identifiant
client.on_publish = lambda c, u, numero, *reste: print(f"PUBACK {numero} {topic}", flush=True)
client.connect(os.environ.get("MQTT_HOST", "127.0.0.1"), int(os.environ.get("MQTT_PORT", 1883)))
client.loop_start()
envoi = client.publish(topic, json.dumps(mesure), qos=1)
envoi.wait_for_publish(float(os.environ.get("PATIENCE", 10)))
sys.exit(0 if envoi.is_published() else f"pas d'accusé de réception : {topic}")
