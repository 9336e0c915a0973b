"""Rights in time: title, holds, leases, and the schedule that sells no hour twice."""
