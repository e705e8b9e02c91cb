{#- A template: the sampler, behind the socket that is the handler of qubes.Metrics.Get. -#}
{%- from "qubes/monitor/sys-monitor/map.jinja" import mon with context %}
{%- from "qubes/monitor/sys-monitor/only.jinja" import is_here, elsewhere with context %}
{%- from "qubes/monitor/sys-monitor/install.jinja" import install, applied, handler, louder, alerts, theirs with context %}
{%- if is_here('template') != 'yes' %}
{{ elsewhere(mon.sls ~ '.guest', 'templates') }}
{%- else %}
{%- set enabled = '/etc/systemd/system/sockets.target.wants/sys-monitor-sample.socket' %}
{#- The executable way with another priority than the sampler's own is a script before it. #}
{%- set executable = louder if mon.alerts != 'notice' else '/usr/bin/mon-sample' %}
{{ applied('guest') }}
{{ install('guest', mon.files, {handler: executable} if mon.handler == 'exec' else {}, {handler: theirs},
	[enabled] if mon.handler == 'exec' else []) }}

"the handler {{ handler }} is your own":
  test.show_notification:
    - text: "It stays. sys-monitor's would be: ln -sf {{ executable if mon.handler == 'exec' else '/run/sys-monitor-sample.socket' }} {{ handler }}"
    - onlyif: {{ theirs | tojson }}
{%- if mon.handler == 'exec' and mon.alerts != 'notice' %}

{{ louder }}:
  file.managed:
    - contents: |
        #!/bin/sh
        exec /usr/bin/mon-sample --alerts={{ mon.alerts }}
    - user: root
    - group: root
    - mode: '0755'
    - makedirs: True
    - dir_mode: '0755'
    - require_in:
      - file: {{ handler }}
{%- else %}

{{ louder }}:
  file.absent:
    - require:
      - file: {{ handler }}
{%- endif %}
{%- if mon.handler != 'exec' and mon.alerts != 'notice' %}

{{ alerts }}:
  file.managed:
    - contents: |
        [Service]
        Environment=MON_ALERTS={{ mon.alerts }}
    - user: root
    - group: root
    - mode: '0644'
    - makedirs: True
    - dir_mode: '0755'
{%- else %}

{{ alerts }}:
  file.absent:
    - name: {{ alerts }}
{%- endif %}
{%- if mon.handler == 'exec' %}

{{ enabled }}:
  file.absent:
    - name: {{ enabled }}
{%- if grains['os_family'] == 'Debian' %}

{#- Without this file PAM writes an error into the journal at every call. #}
/etc/default/locale:
  file.managed:
    - contents: ''
    - user: root
    - group: root
    - mode: '0644'
    - unless: test -e /etc/default/locale
{%- endif %}
{%- endif %}

{#- For a standalone qube, which goes on running with what is new. #}
"the units are followed":
  cmd.run:
    - name: "systemctl daemon-reload && systemctl {{ 'stop' if mon.handler == 'exec' else 'restart' }} sys-monitor-sample.socket"
    - onlyif: test -d /run/systemd/system
    - onchanges:
      - file: /usr/lib/systemd/system/sys-monitor-sample.socket
      - file: /usr/lib/systemd/system/sys-monitor-sample@.service
      - file: {{ enabled }}
      - file: {{ alerts }}

"mon-sample does not start here":
  cmd.run:
    - name: "echo 'See what /usr/bin/mon-sample --version says in this template.' >&2; exit 1"
    - unless: /usr/bin/mon-sample --version
    - require:
      - file: /usr/bin/mon-sample
{%- endif %}
