{#- Takes back what the other parts put in place: in dom0, and from there in every template.  The qube
    itself stays, as it holds the record: "qvm-remove" is for a person to say. -#}
{%- from "qubes/monitor/sys-monitor/map.jinja" import mon with context %}
{%- from "qubes/monitor/sys-monitor/only.jinja" import is_here with context %}
{%- from "qubes/monitor/sys-monitor/install.jinja" import uninstall with context %}
{%- if is_here('dom0') == 'yes' %}
"{{ mon.name }} is halted":
  cmd.run:
    - name: qvm-shutdown --wait {{ mon.name }}
    - onlyif: qvm-check --quiet --running {{ mon.name }}
{%- for template in mon.guests + [mon.template] %}

"sys-monitor leaves {{ template }}":
  cmd.run:
    - name: sh {{ mon.dom0 }}/judge qubesctl --skip-dom0 --show-output --targets={{ template }} state.sls {{ mon.sls }}.remove
    - stateful: True
    - onlyif: qvm-check --quiet {{ template }}
    - require:
      - cmd: "{{ mon.name }} is halted"
{%- endfor %}

/etc/qubes/policy.d/30-metrics.policy:
  file.absent:
    - require:
      - cmd: "{{ mon.name }} is halted"
{%- else %}
{{ uninstall('collector') }}
{{ uninstall('guest') }}
"/usr/lib/sys-monitor is gone":
  file.absent:
    - name: /usr/lib/sys-monitor
{%- if grains['os_family'] == 'Debian' %}

{#- Only the empty one that guest.sls made. #}
"/etc/default/locale is gone":
  file.absent:
    - name: /etc/default/locale
    - onlyif: test -e /etc/default/locale && ! test -s /etc/default/locale
{%- endif %}
{%- endif %}
