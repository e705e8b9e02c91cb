{#- sys-monitor itself: its configuration and its rules, when the pillar sets something.  Without the
    pillar these files belong to who writes them there by hand; one that Salt wrote before is taken back. -#}
{%- from "qubes/monitor/sys-monitor/map.jinja" import mon with context %}
{%- from "qubes/monitor/sys-monitor/only.jinja" import is_here, elsewhere with context %}
{%- from "qubes/monitor/sys-monitor/install.jinja" import applied with context %}
{%- if is_here('qube') != 'yes' %}
{{ elsewhere(mon.sls ~ '.config', mon.name) }}
{%- else %}
{{ applied('config') }}
{%- for path, lines in [(mon.conf_file, mon.conf), (mon.rules_file, mon.rules.rstrip().split('\n') if mon.rules else [])] %}
{%- if lines %}

{{ path }}:
  file.managed:
    - contents: {{ ([mon.conf_mark] + lines) | join('\n') | tojson }}
    - user: root
    - group: root
    - mode: '0644'
    - makedirs: True
    - dir_mode: '0755'
{%- if path == mon.rules_file %}
    - check_cmd: mon-rule --check
{%- endif %}
{%- else %}

{{ path }}:
  file.absent:
    - name: {{ path }}
    - onlyif: {{ ("grep -qxF '" ~ mon.conf_mark ~ "' " ~ path) | tojson }}
{%- endif %}
{%- endfor %}
{%- if mon.dir != '/home/user/Monitor' %}

{{ mon.dir }}:
  file.directory:
    - user: user
    - group: user
    - mode: '0700'
    - makedirs: True
{%- endif %}
{%- endif %}
