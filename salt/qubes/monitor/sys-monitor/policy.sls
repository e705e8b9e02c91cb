{#- dom0: what sys-monitor may call, and nobody else.  The lint reads the file before it is put in
    place: with a mistake in it every qrexec call of the machine would be denied. -#}
{%- from "qubes/monitor/sys-monitor/map.jinja" import mon with context %}
{%- from "qubes/monitor/sys-monitor/only.jinja" import is_here, elsewhere with context %}
{%- if is_here('dom0') != 'yes' %}
{{ elsewhere(mon.sls ~ '.policy', 'dom0') }}
{%- else %}
/etc/qubes/policy.d/30-metrics.policy:
  file.managed:
    - source: salt://qubes/monitor/sys-monitor/30-metrics.policy.jinja
    - template: jinja
    - context:
        name: "{{ mon.name }}"
        vault: "{{ mon.vault }}"
        xen: {{ mon.xen }}
    - user: root
    - group: qubes
    - mode: '0664'
    - check_cmd: qubes-policy-lint
{%- endif %}
