#!/bin/sh
# Makes the secrets of compose.yaml, each in a file, in deploy/secrets or the folder that is named. What is there stays, so it may
# run again. User 1000, as whom the containers run, must be able to read them: where you are another user, run it as root.
set -eu
umask 077
folder="${1:-$(dirname "$0")/secrets}"
mkdir -p "$folder"

make() { [ -s "$folder/$1" ] || openssl rand -hex 16 > "$folder/$1"; }

# Key of the profile keys, the same for good; password of the user that compose makes in ClickHouse.
make profile.key
make clickhouse.password

# Who signs in at Kafka: each stage, `prepare`, who makes topics and gives rights, and `verdict`, who gives verdicts.
users=''
for name in prepare ingest baseline score respond verdict; do
  make "kafka-$name.password"
  users="$users user_$name=\"$(cat "$folder/kafka-$name.password")\""
done
# The broker's own list of them. The image copies this file, with its mode, and adds the settings of its environment.
list="$folder/kafka-users.properties"
rm -f "$list"
printf 'listener.name.log.plain.sasl.jaas.config=%s required%s;\n' \
  org.apache.kafka.common.security.plain.PlainLoginModule "$users" > "$list"

chmod 400 "$folder"/*
chmod 600 "$list"
if [ "$(id -u)" = 0 ]; then chown -R 1000:1000 "$folder"; fi
