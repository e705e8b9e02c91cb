{#- dom0: the qube that records.  No network, and the service flag without which its units stay off. -#}
{%- from "qubes/monitor/sys-monitor/map.jinja" import mon with context %}
{%- from "qubes/monitor/sys-monitor/only.jinja" import is_here, elsewhere with context %}
{%- if is_here('dom0') != 'yes' %}
{{ elsewhere(mon.sls ~ '.qube', 'dom0') }}
{%- else %}
{%- if mon.clone %}
"{{ mon.clone }} is cloned to {{ mon.template }}":
  cmd.run:
    - name: "qvm-check --quiet {{ mon.clone }} || { echo 'There is no template {{ mon.clone }} to make {{ mon.template }} of: install it (qvm-template install), or name another one in the pillar (sys-monitor:clone).' >&2; exit 1; }; qvm-clone {{ mon.clone }} {{ mon.template }}"
    - unless: qvm-check --quiet {{ mon.template }}
    - require_in:
      - cmd: "{{ mon.template }} is there"

{% endif %}
"{{ mon.template }} is there":
  cmd.run:
    - name: "echo 'The template {{ mon.template }} of {{ mon.name }} is not installed: install it (qvm-template install), or name another one in the pillar (sys-monitor:template).' >&2; exit 1"
    - unless: qvm-check --quiet {{ mon.template }}

{#- Qubes refuses to change the template of a running qube. #}
"{{ mon.name }} is halted when its template changes":
  cmd.run:
    - name: qvm-shutdown --wait {{ mon.name }}
    - onlyif:
      - qvm-check --quiet --running {{ mon.name }}
      - test "$(qvm-prefs {{ mon.name }} template)" != {{ mon.template }}
    - require:
      - cmd: "{{ mon.template }} is there"

{#- default_dispvm: without it, a qube without a network may still open a disposable that has one. #}
"{{ mon.name }}":
  qvm.vm:
    - present:
      - template: "{{ mon.template }}"
      - label: {{ mon.label }}
    - prefs:
      - template: "{{ mon.template }}"
      - label: {{ mon.label }}
      - netvm: ""
      - default_dispvm: ""
      - audiovm: ""
      - autostart: True
      - include_in_backups: True
      - vcpus: 1
      - memory: {{ mon.memory }}
      - maxmem: {{ mon.maxmem }}
    - service:
      - enable:
        - sys-monitor
    - features:
      - enable:
        - servicevm
    - require:
      - cmd: "{{ mon.template }} is there"
      - cmd: "{{ mon.name }} is halted when its template changes"
{%- endif %}
