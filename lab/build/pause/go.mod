module antctl.lab/pause

go 1.21
