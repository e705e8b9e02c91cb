{#- Takes back what the other parts put in place: in dom0, and from there in every template that ever
    got something.  The qube itself stays, as it holds the record: "qvm-remove" is for a person to say. -#}
{%- from "qubes/monitor/sys-monitor/map.jinja" import mon with context %}
{%- from "qubes/monitor/sys-monitor/only.jinja" import elsewhere with context %}
{%- from "qubes/monitor/sys-monitor/install.jinja" import uninstall, louder, alerts with context %}
{%- if grains['id'] != 'dom0' %}
{{ uninstall('collector') }}
{{ uninstall('guest') }}
{%- for path in ['/usr/lib/sys-monitor', '/var/lib/mon-sample', alerts] %}
"{{ path }} is gone":
  file.absent:
    - name: {{ path }}
{%- endfor %}
{%- if grains['os_family'] == 'Debian' %}

{#- Only the empty one that guest.sls made. #}
"/etc/default/locale is gone":
  file.absent:
    - name: /etc/default/locale
    - onlyif: test -e /etc/default/locale && ! test -s /etc/default/locale
{%- endif %}
{%- elif mon.wrong %}
{{ elsewhere(mon.sls ~ '.remove', 'dom0') }}
{%- else %}
"{{ mon.name }} is halted":
  cmd.run:
    - name: qvm-shutdown --wait {{ mon.name }}
    - onlyif: qvm-check --quiet --running {{ mon.name }}
{%- for template in mon.guests + [mon.template] %}

{#- One that an older version filled has no mark yet. #}
"{{ template }} is marked":
  cmd.run:
    - name: qvm-features {{ template }} sys-monitor-part guest
    - unless: test -n "$(qvm-features {{ template }} sys-monitor-part)"
    - onlyif: qvm-check --quiet {{ template }}
    - require_in:
      - cmd: "sys-monitor leaves all templates"
{%- endfor %}

"sys-monitor leaves all templates":
  cmd.run:
    - name: sh {{ mon.dom0 }}/leave
    - stateful: True
    - require:
      - cmd: "{{ mon.name }} is halted"

/etc/qubes/policy.d/30-metrics.policy:
  file.absent:
    - require:
      - cmd: "{{ mon.name }} is halted"
{%- endif %}
