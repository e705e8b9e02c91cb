{#- dom0: all of sys-monitor in one run.

	qubesctl --show-output state.sls qubes.monitor.sys-monitor

    The policy, the handler in each template, the collector in that of sys-monitor, the qube, its
    configuration, and a first poll that must leave rows.  A second run changes nothing. -#}
{%- from "qubes/monitor/sys-monitor/map.jinja" import mon with context %}
{%- from "qubes/monitor/sys-monitor/only.jinja" import is_here, elsewhere with context %}
{%- if is_here('dom0') != 'yes' %}
{{ elsewhere(mon.sls, 'dom0') }}
{%- else %}
{#- judge reads the answer of qubesctl: its exit code does not tell whether something changed. #}
{%- macro apply(target, part) -%}
sh {{ mon.dom0 }}/judge qubesctl --skip-dom0 --show-output --targets={{ target }} state.sls {{ mon.sls }}.{{ part }}
{%- endmacro %}
include:
  - {{ mon.sls }}.policy
  - {{ mon.sls }}.qube
{%- for template in mon.guests %}

"{{ template }} is missing":
  test.show_notification:
    - text: "There is no template {{ template }}: it was skipped. Install it and run this again, or take it out of the pillar (sys-monitor:templates)."
    - unless: qvm-check --quiet {{ template }}

"handler in {{ template }}":
  cmd.run:
    - name: {{ apply(template, 'guest') }}
    - stateful: True
    - onlyif: qvm-check --quiet {{ template }}
{%- endfor %}

"collector in {{ mon.template }}":
  cmd.run:
    - name: {{ apply(mon.template, 'collector') }}
    - stateful: True
    - require:
      - cmd: "{{ mon.template }} is there"
    - require_in:
      - qvm: "{{ mon.name }}"

"configuration of {{ mon.name }}":
  cmd.run:
    - name: {{ apply(mon.name, 'config') }}
    - stateful: True
{%- if not mon.conf %}
    {#- Nothing to write: worth a run only when the file is one that Salt wrote before. #}
    - onlyif: {{ ('qvm-run --no-gui --pass-io --user root ' ~ mon.name ~ ' "grep -qxF \'' ~ mon.conf_mark ~ '\' ' ~ mon.conf_file ~ '"') | tojson }}
{%- endif %}
    - require:
      - qvm: "{{ mon.name }}"

"restart of {{ mon.name }}":
  cmd.run:
    - name: "if qvm-check --quiet --running {{ mon.name }}; then qvm-shutdown --wait {{ mon.name }} || exit; fi; qvm-start {{ mon.name }}"
    - onchanges:
      - cmd: "collector in {{ mon.template }}"
      - cmd: "configuration of {{ mon.name }}"
      - qvm: "{{ mon.name }}"

"first poll of {{ mon.name }}":
  cmd.run:
    - name: sh {{ mon.dom0 }}/first-poll {{ mon.name }}{{ ' ' ~ ([mon.conf_mark] + mon.conf + ['']) | join('\n') | sha256 if mon.conf else '' }}
    - stateful: True
    - require:
      - cmd: "restart of {{ mon.name }}"
      - file: /etc/qubes/policy.d/30-metrics.policy

"running qubes":
  test.show_notification:
    - text: "Restart the running qubes of the templates that changed: they answer from then on."
    - onchanges:
      - cmd: "collector in {{ mon.template }}"
{%- for template in mon.guests %}
      - cmd: "handler in {{ template }}"
{%- endfor %}
{%- endif %}
