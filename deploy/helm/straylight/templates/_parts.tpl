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

{{/* Settings without a secret in them. */}}
{{- define "straylight.environment" -}}
- { name: STRAYLIGHT_NAME, value: {{ .Values.name | quote }} }
- { name: STRAYLIGHT_PARTITIONS, value: {{ .Values.partitions | int | quote }} }
- { name: KAFKA_BROKERS, value: {{ required "kafka.brokers: host:port, separated by commas" .Values.kafka.brokers | quote }} }
- { name: KAFKA_REPLICATION_FACTOR, value: {{ .Values.kafka.replicationFactor | int | quote }} }
{{- if .Values.kafka.tlsSecret }}
- { name: KAFKA_SSL, value: "true" }
- { name: KAFKA_SSL_CA, value: /etc/straylight/kafka/ca.crt }
{{- if .Values.kafka.mutualTls }}
- { name: KAFKA_SSL_CERT, value: /etc/straylight/kafka/tls.crt }
- { name: KAFKA_SSL_KEY, value: /etc/straylight/kafka/tls.key }
{{- end }}
{{- end }}
{{- with .Values.kafka.sasl.mechanism }}
- { name: KAFKA_SASL_MECHANISM, value: {{ . | quote }} }
{{- end }}
- { name: CLICKHOUSE_URL, value: {{ required "clickhouse.url: such as https://clickhouse.data.svc:8443" .Values.clickhouse.url | quote }} }
- { name: CLICKHOUSE_DATABASE, value: {{ .Values.clickhouse.database | quote }} }
{{- range $name, $value := .Values.settings }}
- { name: {{ $name }}, value: {{ $value | toString | quote }} }
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
      env:
        {{- include "straylight.environment" $root | nindent 8 }}
        - { name: STRAYLIGHT_POLICY, value: /etc/straylight/files/policy.yaml }
        - { name: STRAYLIGHT_REGISTRY, value: /etc/straylight/files/agents.yaml }
        - { name: STRAYLIGHT_TOKENS, value: /etc/straylight/files/tokens.yaml }
        - { name: CLICKHOUSE_USER, value: {{ $values.clickhouse.user | quote }} }
        {{- with $own.kafkaUsername | default $values.kafka.sasl.username }}
        - { name: KAFKA_SASL_USERNAME, value: {{ . | quote }} }
        {{- end }}
      envFrom:
        - secretRef: { name: {{ $own.existingSecret | default $values.existingSecret | required "existingSecret: a Secret with STRAYLIGHT_PROFILE_KEY and the passwords" | quote }} }
      ports:
        - { name: ops, containerPort: 8700 }
      # All three ask whether this process lives. /readyz tells of the whole deployment: as a probe it would take every
      # pod out at once when one stage is behind, the door for events included, and stop the roll-out that would mend it.
      startupProbe: { httpGet: { path: /healthz, port: ops }, periodSeconds: 5, failureThreshold: 60, timeoutSeconds: 5 }
      livenessProbe: { httpGet: { path: /healthz, port: ops }, periodSeconds: 10, failureThreshold: 6, timeoutSeconds: 5 }
      readinessProbe: { httpGet: { path: /healthz, port: ops }, periodSeconds: 5, failureThreshold: 2, timeoutSeconds: 5 }
      securityContext: {{ include "straylight.containerSecurity" $root | nindent 8 }}
      resources: {{ toYaml $own.resources | nindent 8 }}
      volumeMounts:
        - { name: data, mountPath: /var/lib/straylight }
        - { name: tmp, mountPath: /tmp }
        - { name: files, mountPath: /etc/straylight/files, readOnly: true }
        {{- if $values.kafka.tlsSecret }}
        - { name: kafka-tls, mountPath: /etc/straylight/kafka, readOnly: true }
        {{- end }}
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
    - { name: files, configMap: { name: {{ include "straylight.fullname" $root }} } }
    {{- with $values.kafka.tlsSecret }}
    - { name: kafka-tls, secret: { secretName: {{ . | quote }}, defaultMode: 0440 } }
    {{- end }}
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
