{#- By the top file, for the qubes that it names: the part that concerns each. -#}
{%- from "qubes/monitor/sys-monitor/map.jinja" import mon with context %}
{%- from "qubes/monitor/sys-monitor/only.jinja" import elsewhere with context %}
{%- set id = grains['id'] %}
{%- set parts = ['policy', 'qube'] if id == 'dom0' else
	['collector'] if id == mon.template else
	['guest'] if id in mon.guests else
	['config'] if id == mon.name else [] %}
{%- if mon.wrong %}
{{ elsewhere(mon.sls ~ '.native', 'a machine with right settings') }}
{%- elif parts %}
include:
{%- for part in parts %}
  - {{ mon.sls }}.{{ part }}
{%- endfor %}
{%- endif %}
