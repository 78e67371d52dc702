{{- define "straylight.fullname" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" }}{{ end }}
{{- end }}

{{/* What never changes in the life of a release: selectors take it. */}}
{{- define "straylight.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "straylight.labels" -}}
{{ include "straylight.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "straylight.image" -}}
{{- $repository := required "image.repository: where is the image that deploy/Dockerfile builds?" .Values.image.repository -}}
{{- if .Values.image.digest }}{{ $repository }}@{{ .Values.image.digest }}{{ else }}{{ $repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{/* Whether a part works with the store: a dict of `root` and `part`. Empty means no. */}}
{{- define "straylight.usesStore" -}}
{{- if has .part (list "baseline" "score" "prepare") }}yes{{ end }}
{{- end }}

{{/* Values of one part: those of a stage, or of the job before. */}}
{{- define "straylight.own" -}}
{{- if eq .part "prepare" }}{{ toJson .root.Values.prepare }}{{ else }}{{ toJson (index .root.Values.stages .part) }}{{ end }}
{{- end }}

{{/* Settings of one part, without a secret in them: a dict of `root` and `part`. */}}
{{- define "straylight.environment" -}}
{{- $values := .root.Values -}}
{{- $own := fromJson (include "straylight.own" .) -}}
- { name: STRAYLIGHT_NAME, value: {{ $values.name | quote }} }
- { name: STRAYLIGHT_PARTITIONS, value: {{ $values.partitions | int | quote }} }
- { name: KAFKA_BROKERS, value: {{ required "kafka.brokers: host:port, separated by commas" $values.kafka.brokers | quote }} }
- { name: KAFKA_REPLICATION_FACTOR, value: {{ $values.kafka.replicationFactor | int | quote }} }
{{- if include "straylight.kafkaTls" . }}
- { name: KAFKA_SSL, value: "true" }
- { name: KAFKA_SSL_CA, value: /etc/straylight/kafka/ca.crt }
{{- if $values.kafka.mutualTls }}
- { name: KAFKA_SSL_CERT, value: /etc/straylight/kafka/tls.crt }
- { name: KAFKA_SSL_KEY, value: /etc/straylight/kafka/tls.key }
{{- end }}
{{- end }}
{{- with $values.kafka.sasl.mechanism }}
- { name: KAFKA_SASL_MECHANISM, value: {{ . | quote }} }
{{- if ne . "oauthbearer" }}
- { name: KAFKA_SASL_USERNAME, value: {{ $own.kafkaUsername | default $values.kafka.sasl.username | default $.part | quote }} }
{{- end }}
{{- end }}
{{- $url := required "clickhouse.url: such as https://clickhouse.data.svc:8443" $values.clickhouse.url }}
{{- if include "straylight.usesStore" . }}
- { name: CLICKHOUSE_URL, value: {{ $url | quote }} }
- { name: CLICKHOUSE_DATABASE, value: {{ $values.clickhouse.database | quote }} }
- { name: CLICKHOUSE_USER, value: {{ $own.clickhouseUser | default $values.clickhouse.user | quote }} }
{{- end }}
{{- range $file := fromJsonArray (include "straylight.files" .) }}
- { name: {{ $file.setting }}, value: /etc/straylight/files/{{ $file.name }} }
{{- end }}
{{- range $secret := fromJsonArray (include "straylight.secrets" .) }}
- { name: {{ $secret.setting }}_FILE, value: /etc/straylight/secrets/{{ $secret.setting }} }
{{- end }}
{{- range $name, $value := $values.settings }}
- { name: {{ $name }}, value: {{ $value | toString | quote }} }
{{- end }}
{{- end }}

{{/* The files that people wrote and this part reads: the endpoint's tokens at the endpoint alone. */}}
{{- define "straylight.files" -}}
{{- $files := list -}}
{{- if has .part (list "baseline" "score" "respond") }}{{ $files = append $files (dict "setting" "STRAYLIGHT_POLICY" "name" "policy.yaml") }}{{ end -}}
{{- if ne .part "prepare" }}{{ $files = append $files (dict "setting" "STRAYLIGHT_REGISTRY" "name" "agents.yaml") }}{{ end -}}
{{- if eq .part "ingest" }}{{ $files = append $files (dict "setting" "STRAYLIGHT_TOKENS" "name" "tokens.yaml") }}{{ end -}}
{{ toJson $files }}
{{- end }}

{{/*
The secrets of this part, and no others: the setting that each is, and its key in the Secret. Each signs in at Kafka with a
password of its own, unless all share one name.
*/}}
{{- define "straylight.secrets" -}}
{{- $values := .root.Values -}}
{{- $own := fromJson (include "straylight.own" .) -}}
{{- $secrets := list -}}
{{- if eq .part "baseline" }}{{ $secrets = append $secrets (dict "setting" "STRAYLIGHT_PROFILE_KEY" "key" "STRAYLIGHT_PROFILE_KEY") }}{{ end -}}
{{- if include "straylight.usesStore" . }}{{ $secrets = append $secrets (dict "setting" "CLICKHOUSE_PASSWORD" "key" "CLICKHOUSE_PASSWORD") }}{{ end -}}
{{- $mechanism := $values.kafka.sasl.mechanism -}}
{{- $shared := or $own.existingSecret $values.kafka.sasl.username -}}
{{- $setting := "" -}}
{{- if and $mechanism (ne $mechanism "oauthbearer") }}{{ $setting = "KAFKA_SASL_PASSWORD" }}{{ end -}}
{{- if and (eq $mechanism "oauthbearer") (hasKey $values.settings "KAFKA_OAUTH_TOKEN_URL") }}{{ $setting = "KAFKA_OAUTH_CLIENT_SECRET" }}{{ end -}}
{{- if $setting }}
{{- $usual := ternary $setting (printf "%s_%s" $setting (upper .part)) (not (empty $shared)) -}}
{{- $secrets = append $secrets (dict "setting" $setting "key" ($own.kafkaPasswordKey | default $usual)) -}}
{{- end -}}
{{ toJson $secrets }}
{{- end }}

{{/* The Secret with the certificates that this part speaks to Kafka with. */}}
{{- define "straylight.kafkaTls" -}}
{{- $own := fromJson (include "straylight.own" .) -}}
{{ $own.kafkaTlsSecret | default .root.Values.kafka.tlsSecret }}
{{- end }}

{{/* What holds a part's secrets and files, read-only. */}}
{{- define "straylight.secretVolumes" -}}
{{- $own := fromJson (include "straylight.own" .) -}}
{{- with fromJsonArray (include "straylight.secrets" .) }}
- name: secrets
  secret:
    secretName: {{ $own.existingSecret | default $.root.Values.existingSecret | required "existingSecret: a Secret with STRAYLIGHT_PROFILE_KEY and the passwords" | quote }}
    defaultMode: 0440
    items:
      {{- range . }}
      - { key: {{ .key | quote }}, path: {{ .setting }} }
      {{- end }}
{{- end }}
{{- with fromJsonArray (include "straylight.files" .) }}
- name: files
  configMap:
    name: {{ include "straylight.fullname" $.root }}
    items:
      {{- range . }}
      - { key: {{ .name }}, path: {{ .name }} }
      {{- end }}
{{- end }}
{{- with include "straylight.kafkaTls" . }}
- name: kafka-tls
  secret:
    secretName: {{ . | quote }}
    defaultMode: 0440
    items:
      - { key: ca.crt, path: ca.crt }
      {{- if $.root.Values.kafka.mutualTls }}
      - { key: tls.crt, path: tls.crt }
      - { key: tls.key, path: tls.key }
      {{- end }}
{{- end }}
{{- end }}

{{- define "straylight.secretMounts" -}}
{{- if fromJsonArray (include "straylight.secrets" .) }}
- { name: secrets, mountPath: /etc/straylight/secrets, readOnly: true }
{{- end }}
{{- if fromJsonArray (include "straylight.files" .) }}
- { name: files, mountPath: /etc/straylight/files, readOnly: true }
{{- end }}
{{- if include "straylight.kafkaTls" . }}
- { name: kafka-tls, mountPath: /etc/straylight/kafka, readOnly: true }
{{- end }}
{{- end }}

{{- define "straylight.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "straylight.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* The pod of a stage: a dict of `root` and `stage`. */}}
{{- define "straylight.pod" -}}
{{- $root := .root -}}
{{- $values := .root.Values -}}
{{- $stage := .stage -}}
{{- $own := index $values.stages $stage -}}
{{- $part := dict "root" $root "part" $stage -}}
metadata:
  labels:
    {{- include "straylight.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ $stage }}
  annotations:
    # The files are read at the start only.
    checksum/files: {{ toJson $values.files | sha256sum }}
    {{- with $values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "straylight.fullname" $root }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with $values.imagePullSecrets }}
  imagePullSecrets: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  terminationGracePeriodSeconds: {{ add (index $values.settings "STRAYLIGHT_STOP_SECONDS" | default "20" | int) 10 }}
  securityContext: {{ include "straylight.podSecurity" $root | nindent 4 }}
  containers:
    - name: {{ $stage }}
      image: {{ include "straylight.image" $root | quote }}
      imagePullPolicy: {{ $values.image.pullPolicy }}
      args: [up, {{ $stage }}]
      # No secret stands in the environment: each is a file that NAME_FILE names.
      env: {{- include "straylight.environment" $part | nindent 8 }}
      ports:
        - { name: ops, containerPort: 8700 }
      # All three ask whether this process lives. /readyz tells of the whole deployment: as a probe it would take every
      # pod out at once when one stage is behind, the endpoint for events included, and stop the roll-out that would mend it.
      startupProbe: { httpGet: { path: /healthz, port: ops }, periodSeconds: 5, failureThreshold: 60, timeoutSeconds: 5 }
      livenessProbe: { httpGet: { path: /healthz, port: ops }, periodSeconds: 10, failureThreshold: 6, timeoutSeconds: 5 }
      readinessProbe: { httpGet: { path: /healthz, port: ops }, periodSeconds: 5, failureThreshold: 2, timeoutSeconds: 5 }
      securityContext: {{ include "straylight.containerSecurity" $root | nindent 8 }}
      resources: {{ toYaml $own.resources | nindent 8 }}
      volumeMounts:
        - { name: data, mountPath: /var/lib/straylight }
        - { name: tmp, mountPath: /tmp }
        {{- include "straylight.secretMounts" $part | nindent 8 }}
        {{- if and (eq $stage "respond") $own.keysSecret }}
        - { name: keys, mountPath: /var/lib/straylight/keys, readOnly: true }
        {{- end }}
        {{- with $values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    {{- if or (ne $stage "respond") $own.keysSecret }}
    # Holds a lock and a version, no events: those are in Kafka and ClickHouse.
    - { name: data, emptyDir: { sizeLimit: 64Mi } }
    {{- end }}
    - { name: tmp, emptyDir: { sizeLimit: 64Mi } }
    {{- include "straylight.secretVolumes" $part | nindent 4 }}
    {{- if and (eq $stage "respond") $own.keysSecret }}
    - { name: keys, secret: { secretName: {{ $own.keysSecret | quote }}, defaultMode: 0440 } }
    {{- end }}
    {{- with $values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  # Instances of a stage stand on different nodes where there are enough.
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "straylight.selector" $root | nindent 10 }}
          app.kubernetes.io/component: {{ $stage }}
  {{- with $values.nodeSelector }}
  nodeSelector: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.tolerations }}
  tolerations: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.affinity }}
  affinity: {{ toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
