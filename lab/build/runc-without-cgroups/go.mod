module antctl.lab/runc-without-cgroups

go 1.21
