{#- sys-monitor itself: its configuration file, when the pillar sets something.  Without the pillar
    the file belongs to who writes it there by hand; one that Salt wrote before is taken back. -#}
{%- from "qubes/monitor/sys-monitor/map.jinja" import mon with context %}
{%- from "qubes/monitor/sys-monitor/only.jinja" import is_here, elsewhere with context %}
{%- if is_here('qube') != 'yes' %}
{{ elsewhere(mon.sls ~ '.config', mon.name) }}
{%- elif mon.conf %}
{{ mon.conf_file }}:
  file.managed:
    - contents: {{ ([mon.conf_mark] + mon.conf) | join('\n') | tojson }}
    - user: root
    - group: root
    - mode: '0644'
    - makedirs: True
    - dir_mode: '0755'
{%- else %}
{{ mon.conf_file }}:
  file.absent:
    - onlyif: {{ ("grep -qxF '" ~ mon.conf_mark ~ "' " ~ mon.conf_file) | tojson }}
{%- endif %}
