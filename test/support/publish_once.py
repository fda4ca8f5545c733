# A paho client as a stranger would write it: publishes one message at QoS 1 and says whether its PUBACK came.
import sys

import paho.mqtt.client as mqtt

port, user, password, topic, payload = sys.argv[1:]
# paho 2 asks which callbacks are meant; paho 1 (Debian 12) does not know the word.
version = getattr(mqtt, "CallbackAPIVersion", None)
client = mqtt.Client(*([version.VERSION2] if version else []), client_id="paho-stranger")
client.username_pw_set(user, password)
client.connect("127.0.0.1", int(port))
client.loop_start()
message = client.publish(topic, payload, qos=1)
message.wait_for_publish(10)
print("PUBACK" if message.is_published() else "none")
client.disconnect()
client.loop_stop()
sys.exit(0 if message.is_published() else 1)
