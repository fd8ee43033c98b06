# bash completion for probectl(1)

# The causes' names, those that are not found yet as well.
_probectl_causes()
{
    probectl causes -o json 2>/dev/null |
        sed -n 's/^ *"name": "\([a-z0-9-]*\)",\{0,1\}$/\1/p'
}

# The agents that are there: one that is away can be no source.
_probectl_connected()
{
    timeout 1 probectl agents -o json 2>/dev/null |
        sed -n '/^ *"name": /{h;n;/"connected": true/{g;s/.*: "\([A-Za-z0-9._-]*\)".*/\1/p}}'
}

# The agents' names, as far as the controller answers at once.
_probectl_agents()
{
    timeout 1 probectl agents -o json 2>/dev/null |
        sed -n 's/^ *"name": "\([A-Za-z0-9._-]*\)",\{0,1\}$/\1/p'
}

_probectl()
{
    local current previous command="" word words=() index given=0
    current=${COMP_WORDS[COMP_CWORD]}
    previous=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()

    for ((index = 1; index < COMP_CWORD; index++)); do
        word=${COMP_WORDS[index]}
        case $word in
        --profile | --controller) ((index++)) ;;
        -*) ;;
        *)
            command=$word
            break
            ;;
        esac
    done
    # How many arguments stand between the command and this word.  An option's
    # value counts for none; a colon parts words.
    for ((index++; index < COMP_CWORD; index++)); do
        case ${COMP_WORDS[index]} in
        --count | --from | --from-port | --as-user | --in | --device | --to | \
            --service | --vantage | --timeout | --bundle | --output | -o) ((index++)) ;;
        -*) ;;
        :) ((index++)) ;;
        *) ((given++)) ;;
        esac
    done

    case $previous in
    --profile)
        mapfile -t COMPREPLY < <(compgen -d -- "$current")
        return
        ;;
    --bundle)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
        ;;
    --to | --agent)
        mapfile -t COMPREPLY < <(compgen -W "$(_probectl_agents)" -- "$current")
        return
        ;;
    --vantage)
        mapfile -t COMPREPLY < <(compgen -W "auto none $(_probectl_agents)" \
            -- "$current")
        return
        ;;
    -o | --output)
        mapfile -t COMPREPLY < <(compgen -W "text json" -- "$current")
        return
        ;;
    --controller | --count | --from | --from-port | --as-user | --in | \
        --device | --timeout | --ttl | --uses) return ;;
    esac

    case $command in
    "") words=(trace agents token report judge causes help version)
        [[ $current != -* ]] ||
            words=(--profile --controller --output --help --version) ;;
    help) words=(trace agents token report judge causes) ;;
    trace)
        if [[ $current == -* || $given -ge 2 ]]; then
            words=(-4 -6 --count --from --from-port --as-user --in --device
                --to --service --vantage --timeout --no-self-test --bundle
                --output --help)
        elif [[ $current == : || $previous == : ]]; then
            words=() # the port: nobody knows it
        else
            mapfile -t words < <(_probectl_connected)
        fi
        if [[ $current != -* && $given -eq 1 ]]; then
            words=("${words[@]/%/:}")
            compopt -o nospace 2>/dev/null
        fi
        ;;
    agents) words=(--output --help) ;;
    token) words=(create --ttl --uses --agent --help) ;;
    causes)
        words=(--positions --output --help)
        [[ $current == -* ]] || mapfile -t words < <(_probectl_causes)
        ;;
    report | judge)
        if [[ $current != -* ]]; then
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            return
        fi
        words=(--output --help)
        ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "${words[*]}" -- "$current")
}

complete -F _probectl probectl
