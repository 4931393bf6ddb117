module antctl.lab/upstream-agent

go 1.21
