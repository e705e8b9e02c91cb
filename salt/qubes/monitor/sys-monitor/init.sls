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
sh {{ mon.dom0 }}/judge {{ part }} {{ mon.digest }} qubesctl --skip-dom0 --show-output --targets={{ target }} state.sls {{ mon.sls }}.{{ part }}
{%- endmacro %}
{#- A feature of the template remembers what it was given, for the day on which it leaves the list. #}
{%- macro mark(template, part) %}
"{{ template }} is marked":
  cmd.run:
    - name: qvm-features {{ template }} sys-monitor-part {{ part }}
    - unless: test "$(qvm-features {{ template }} sys-monitor-part)" = {{ part }}
    - onlyif: qvm-check --quiet {{ template }}
    - require:
      - cmd: "templates that left the list"
{%- endmacro %}
include:
  - {{ mon.sls }}.policy
  - {{ mon.sls }}.qube

"templates that left the list":
  cmd.run:
    - name: sh {{ mon.dom0 }}/leave {{ mon.template }}{% for template in mon.guests %} {{ template }}{% endfor %}
    - stateful: True
{%- for template in mon.guests %}

"{{ template }} is missing":
  test.show_notification:
    - text: "There is no template {{ template }}: it was skipped. Install it and run this again, or take it out of the pillar (sys-monitor:templates)."
    - unless: qvm-check --quiet {{ template }}

"{{ template }} runs":
  test.show_notification:
    - text: "{{ template }} runs now. Until it was shut down (qvm-shutdown --wait {{ template }}), qubes start without what is new in it."
    - onlyif: qvm-check --quiet --running {{ template }}
{{ mark(template, 'guest') }}

"handler in {{ template }}":
  cmd.run:
    - name: {{ apply(template, 'guest') }}
    - stateful: True
    - onlyif: qvm-check --quiet {{ template }}
    - require:
      - cmd: "{{ template }} is marked"
{%- endfor %}

{#- Else sys-monitor would start without its programs, or go on with the old ones and look well. #}
"{{ mon.template }} is halted":
  cmd.run:
    - name: "echo '{{ mon.template }} runs, so {{ mon.name }} would not get what is new in it. Shut it down (qvm-shutdown --wait {{ mon.template }}) and run this again.' >&2; exit 1"
    - onlyif: qvm-check --quiet --running {{ mon.template }}
    - require:
      - cmd: "{{ mon.template }} is there"
{{ mark(mon.template, 'collector') }}

"collector in {{ mon.template }}":
  cmd.run:
    - name: {{ apply(mon.template, 'collector') }}
    - stateful: True
    - require:
      - cmd: "{{ mon.template }} is halted"
      - cmd: "{{ mon.template }} is marked"
    - require_in:
      - qvm: "{{ mon.name }}"

"restart of {{ mon.name }}":
  cmd.run:
    - name: "if qvm-check --quiet --running {{ mon.name }}; then qvm-shutdown --wait {{ mon.name }} || exit; fi; qvm-start {{ mon.name }}"
    - onchanges:
      - cmd: "collector in {{ mon.template }}"
      - qvm: "{{ mon.name }}"

{#- Started before it is configured: else qubesctl would start it, halt it, and it be started again. #}
"{{ mon.name }} runs":
  cmd.run:
    - name: qvm-start {{ mon.name }}
    - unless: qvm-check --quiet --running {{ mon.name }}
    - require:
      - qvm: "{{ mon.name }}"
      - cmd: "restart of {{ mon.name }}"

"configuration of {{ mon.name }}":
  cmd.run:
    - name: {{ apply(mon.name, 'config') }}
    - stateful: True
{%- if not mon.conf and not mon.rules %}
    {#- Nothing to write: worth a run only when a file is one that Salt wrote before. #}
    - onlyif: {{ ('qvm-run --no-gui --pass-io --user root ' ~ mon.name ~ ' "grep -qsxF \'' ~ mon.conf_mark ~ '\' ' ~ mon.conf_file ~ ' ' ~ mon.rules_file ~ '" >/dev/null 2>&1') | tojson }}
{%- endif %}
    - require:
      - cmd: "{{ mon.name }} runs"

"configuration of {{ mon.name }} is followed":
  cmd.run:
    - name: qvm-run --no-gui --pass-io --user root {{ mon.name }} 'systemctl restart monitor-settings.service' >/dev/null 2>&1 </dev/null
    - onchanges:
      - cmd: "configuration of {{ mon.name }}"

"first poll of {{ mon.name }}":
  cmd.run:
    - name: sh {{ mon.dom0 }}/first-poll {{ mon.name }}{{ ' ' ~ ([mon.conf_mark] + mon.conf + ['']) | join('\n') | sha256 if mon.conf else '' }}
    - stateful: True
    - require:
      - cmd: "configuration of {{ mon.name }}"
      - cmd: "configuration of {{ mon.name }} is followed"
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
